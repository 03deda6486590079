/**
 * What is started to open a URL, and what comes of it, with a system that only takes notes.
 *
 * @module
 */
import assert from "node:assert/strict";
import { isWsl, openBrowser, openerArguments } from "../../src/platform/browser.ts";
import { rememberSecret } from "../../src/base/redactor.ts";
import { FakeTime } from "../credentials/fake_time.ts";
import { builtAs } from "../support/built_as.ts";

const url = new URL("https://auth.test/authorize?a=1&b=2");

interface Started {
  command: string;
  options: Deno.CommandOptions;
}
type End = Error | Partial<Deno.CommandStatus> | "running";

/** Runs something on a system on which each program ends like this; what was started. */
async function onSystem(
  ends: (command: string) => End,
  run: () => Promise<void>,
): Promise<{ started: Started[]; unrefs: number }> {
  const { Command } = Deno;
  const started: Started[] = [];
  let unrefs = 0;
  class Noting {
    constructor(command: string, options: Deno.CommandOptions) {
      started.push({ command, options });
    }
    spawn() {
      const end = ends(started.at(-1)!.command);
      if (end instanceof Error) throw end;
      return {
        unref: () => void unrefs++,
        status: end === "running"
          ? new Promise(() => {})
          : Promise.resolve({ success: false, code: 1, signal: null, ...end }),
      };
    }
  }
  Object.assign(Deno, { Command: Noting });
  try {
    await run();
  } finally {
    Object.assign(Deno, { Command });
  }
  return { started, unrefs };
}

const success = { success: true, code: 0 };
const notFound = new Deno.errors.NotFound("no such program");
const failed = (what: string) => ({
  category: "System error",
  what: `the browser was not opened: ${what}`,
  fix: "open the printed URL yourself",
  reason: "browser_failed",
});

for (
  const [os, command, args, detached] of [
    ["darwin", "open", [url.href], true],
    ["windows", "rundll32", ["url.dll,FileProtocolHandler", url.href], false],
    ["freebsd", "xdg-open", [url.href], true],
  ] as const
) {
  Deno.test(`the opener of ${os} gets the URL, none of our streams, and a life of its own`, async () => {
    const { started, unrefs } = await onSystem(() => success, () => openBrowser(url, { os }));
    const [{ command: found, options }] = started;
    const { args: given, stdin, stdout, stderr, detached: isDetached, clearEnv } = options;
    assert.deepEqual(
      { found, given, stdin, stdout, stderr, isDetached, clearEnv, unrefs },
      {
        found: command,
        given: args,
        stdin: "null",
        stdout: "null",
        stderr: "null",
        isDetached: detached,
        clearEnv: undefined,
        unrefs: 1,
      },
    );
  });
}

Deno.test("the system's own opener is used unless a command is given", async () => {
  const own = await onSystem(
    () => success,
    () => builtAs({ os: "darwin" }, () => openBrowser(url)),
  );
  assert.equal(own.started[0].command, "open");
  const given = await onSystem(() => success, () => openBrowser(url, { command: "firefox -P x" }));
  assert.deepEqual([given.started[0].command, given.started[0].options.args], [
    "firefox",
    ["-P", "x", url.href],
  ]);
});

Deno.test("an opener that fails is told with how it ended", async () => {
  const ends: [End, string][] = [
    [{ code: 3 }, "open ended with exit code 3"],
    [{ code: 137, signal: "SIGKILL" }, "open ended with SIGKILL"],
    [notFound, "cannot start open (no such program)"],
  ];
  for (const [end, what] of ends) {
    await onSystem(
      () => end,
      () => assert.rejects(openBrowser(url, { os: "darwin" }), failed(what)),
    );
  }
});

Deno.test("only http and https URLs are opened", async () => {
  const { started } = await onSystem(() => success, async () => {
    await assert.rejects(
      openBrowser(new URL("file:///etc/passwd"), { os: "darwin" }),
      failed("file: URLs are never opened"),
    );
    await openBrowser(new URL("http://localhost:1/"), { os: "darwin" });
  });
  assert.equal(started.length, 1);
});

Deno.test("an opener that still runs after five seconds has not failed", async () => {
  using time = new FakeTime();
  await onSystem(() => "running", async () => {
    let isOver = false;
    const opening = openBrowser(url, { os: "darwin" }).then(() => isOver = true);
    await time.pass(4_999);
    assert.equal(isOver, false);
    await time.pass(1);
    await opening;
  });
});

Deno.test("under Windows the browser of Windows is tried first, and the first error counts", async () => {
  const { stat } = Deno;
  Deno.stat = (path) => path === "/run/WSL" ? stat("/") : stat(path);
  const handler = ["url.dll,FileProtocolHandler", url.href];
  const ways: [string, string[]][] = [
    ["wslview", [url.href]],
    ["rundll32.exe", handler],
    ["/mnt/c/Windows/System32/rundll32.exe", handler],
    ["xdg-open", [url.href]],
  ];
  try {
    for (const [at, [working]] of ways.entries()) {
      const { started } = await onSystem(
        (command) => command === working ? success : notFound,
        () => openBrowser(url, { os: "linux" }),
      );
      assert.deepEqual(
        started.map(({ command, options }) => [command, options.args]),
        ways.slice(0, at + 1),
      );
    }
    const { started } = await onSystem(
      (command) => command === "wslview" ? { code: 4 } : notFound,
      () =>
        assert.rejects(openBrowser(url, { os: "linux" }), failed("wslview ended with exit code 4")),
    );
    assert.equal(started.length, 4);
    const other = await onSystem(() => success, () => openBrowser(url, { os: "freebsd" }));
    assert.equal(other.started[0].command, "xdg-open");
  } finally {
    Deno.stat = stat;
  }
});

Deno.test("Linux under Windows is known by its variable, or by its directory", async () => {
  assert.equal(await isWsl(() => "Debian"), true);
  const { stat } = Deno;
  try {
    const asked: unknown[] = [];
    Deno.stat = (path) => {
      asked.push(path);
      return stat("/");
    };
    assert.equal(await isWsl(() => ""), true);
    assert.deepEqual(asked, ["/run/WSL"]);
    Deno.stat = () => Promise.reject(new Deno.errors.NotFound());
    assert.equal(await isWsl(() => undefined), false);
  } finally {
    Deno.stat = stat;
  }
});

Deno.test("the environment is handed on as it is, but for secrets that are not about a proxy", async () => {
  const open = () => onSystem(() => success, () => openBrowser(url, { os: "darwin" }));
  const secret = "secret-of-this-browser-test";
  const names = ["BROWSER_TEST_SECRET", "browser_test_PROXY", "BROWSER_TEST_PROXY_SECRET"];
  assert.equal((await open()).started[0].options.clearEnv, undefined);
  try {
    for (const name of names) Deno.env.set(name, `x ${secret}`);
    rememberSecret(secret);
    const { clearEnv, env } = (await open()).started[0].options;
    assert.equal(clearEnv, true);
    assert.deepEqual(names.map((name) => env![name] !== undefined), [false, true, false]);
    assert.equal(env!.PATH, Deno.env.get("PATH"));
  } finally {
    for (const name of names) Deno.env.delete(name);
  }
});

Deno.test("a command that nobody can start is told with what is wrong with it", () => {
  const rows: [command: string, what: string][] = [
    ["", "the command to open it with is empty"],
    [" \t", "the command to open it with is empty"],
    ['firefox "x', 'the command "firefox \\"x" has an open quote'],
    ["firefox 'x y", 'the command "firefox \'x y" has an open quote'],
  ];
  for (const [command, what] of rows) {
    assert.throws(() => openerArguments(command, url), failed(what));
  }
});

Deno.test("quotes join what stands in them, wherever they stand, and each %s is the URL", () => {
  const rows: [command: string, args: string[]][] = [
    [`a"b c"'d e'f`, ["ab cd ef", url.href]],
    [`'a' --x="%s" %s%s`, ["a", `--x=${url.href}`, `${url.href}${url.href}`]],
    ["%s", ["%s", url.href]],
    [`x '"' "'"`, ["x", '"', "'", url.href]],
  ];
  for (const [command, args] of rows) assert.deepEqual(openerArguments(command, url), args);
});
