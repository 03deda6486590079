import assert from "node:assert/strict";
import { join } from "node:path";
import { openBrowser, openerArguments, systemOpener } from "../../src/platform/browser.ts";
import { ProxyError } from "../../src/base/errors.ts";
import { rememberSecret } from "../../src/base/redactor.ts";

const url = new URL("https://auth.example/authorize?a=1&b=%24%26$(id)`id`;'\"#x");
const posixOnly = { ignore: Deno.build.os === "windows" };

/** A command that writes down its arguments and its three standard streams. */
async function recorder(directory: string, name: string, exit = 0): Promise<string> {
  const path = join(directory, name);
  await Deno.writeTextFile(
    path,
    `#!/bin/sh
streams=$(readlink "/proc/$$/fd/0" "/proc/$$/fd/1" "/proc/$$/fd/2")
printf '%s\\n' "$@" "$streams" > "${path}.tmp"
mv "${path}.tmp" "${path}.args"
exit ${exit}
`,
    { mode: 0o755 },
  );
  return path;
}

Deno.test({
  name: "openBrowser passes the URL as one argument and none of its streams",
  ...posixOnly,
  async fn() {
    const directory = await Deno.makeTempDir();
    try {
      const command = await recorder(directory, "opener");
      await openBrowser(url, { command: `'${command}' --new-tab` });
      const lines = (await Deno.readTextFile(`${command}.args`)).trimEnd().split("\n");
      assert.deepEqual(lines.slice(0, 2), ["--new-tab", url.href]);
      if (Deno.build.os === "linux") {
        assert.deepEqual(lines.slice(2), ["/dev/null", "/dev/null", "/dev/null"]);
      }
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
});

Deno.test({
  name: "openBrowser keeps the variables with secrets from the browser, and those alone",
  ...posixOnly,
  async fn() {
    const directory = await Deno.makeTempDir();
    const variables = {
      OIDC_CLIENT_SECRET: "secret-of-this-client",
      GATEWAY_HEADER: "Basic secret-of-this-client",
      HTTPS_PROXY: "http://user:secret-of-this-client@proxy.example:3128",
      PLAIN_NAME: "is needed by the browser",
    };
    const before = Object.keys(variables).map((name) => [name, Deno.env.get(name)] as const);
    try {
      for (const [name, value] of Object.entries(variables)) Deno.env.set(name, value);
      const command = join(directory, "opener");
      const script = `#!/bin/sh\nenv > "$0.part" && mv "$0.part" "$0.env"\n`;
      await Deno.writeTextFile(command, script, { mode: 0o755 });
      rememberSecret(variables.OIDC_CLIENT_SECRET);
      await openBrowser(url, { command });
      const seen = await Deno.readTextFile(`${command}.env`);
      const names = seen.split("\n").map((line) => line.split("=")[0]);
      const has = (name: string) => names.includes(name);
      assert.deepEqual(Object.keys(variables).map(has), [false, false, true, true]);
      assert.ok(has("PATH"));
    } finally {
      for (const [name, value] of before) {
        if (value === undefined) Deno.env.delete(name);
        else Deno.env.set(name, value);
      }
      await Deno.remove(directory, { recursive: true });
    }
  },
});

Deno.test({
  name: "openBrowser finds the system's opener on PATH",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const directory = await Deno.makeTempDir();
    try {
      const opener = await recorder(directory, "xdg-open");
      const { success, stderr } = await new Deno.Command(Deno.execPath(), {
        args: [
          "eval",
          "--no-config",
          `import { openBrowser } from ${
            JSON.stringify(import.meta.resolve("../../src/platform/browser.ts"))
          }; await openBrowser(new URL(Deno.args[0]))`,
          url.href,
        ],
        env: { PATH: `${directory}:${Deno.env.get("PATH")}` },
      }).output();
      assert.ok(success, new TextDecoder().decode(stderr));
      assert.equal((await Deno.readTextFile(`${opener}.args`)).split("\n")[0], url.href);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
});

Deno.test({
  name: "openBrowser rejects with browser_failed when the opener fails or is missing",
  ...posixOnly,
  async fn() {
    const directory = await Deno.makeTempDir();
    try {
      const command = await recorder(directory, "opener", 3);
      await assert.rejects(openBrowser(url, { command }), (error) => {
        assert.ok(error instanceof ProxyError);
        assert.equal(error.reason, "browser_failed");
        assert.match(
          error.message,
          /^System error: .*ended with exit code 3\. Fix: open the printed URL/,
        );
        return true;
      });
      await assert.rejects(
        openBrowser(url, { command: join(directory, "absent") }),
        (error) => error instanceof ProxyError && /cannot start .*absent/.test(error.message),
      );
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
});

Deno.test({
  name: "openBrowser does not wait for an opener that became the browser",
  ...posixOnly,
  async fn() {
    const directory = await Deno.makeTempDir();
    const gate = join(directory, "gate");
    try {
      await new Deno.Command("mkfifo", { args: [gate] }).output();
      // Reads a pipe that nobody has written to yet: it runs until this test lets it go.
      await openBrowser(url, { command: `sh -c 'read x < ${gate}' %s`, watch: 50 });
      const pipe = await Deno.open(gate, { write: true });
      pipe.close();
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
  sanitizeOps: false,
  sanitizeResources: false,
});

Deno.test("openBrowser opens nothing but http and https", async () => {
  for (const bad of ["file:///etc/passwd", "javascript:alert(1)", "mailto:a@b", "vscode://x"]) {
    await assert.rejects(
      openBrowser(new URL(bad), { command: "true" }),
      (error) => error instanceof ProxyError && /URLs are never opened/.test(error.message),
    );
  }
});

Deno.test("openerArguments reads commands as people write them", () => {
  const u = new URL("https://a.example/?x=$&y=%s");
  for (
    const [command, expected] of [
      ["firefox", ["firefox", u.href]],
      ["  firefox   --new-window %s ", ["firefox", "--new-window", u.href]],
      ["app --url=%s --once", ["app", `--url=${u.href}`, "--once"]],
      [`"C:\\Program Files\\x y.exe" -u`, ["C:\\Program Files\\x y.exe", "-u", u.href]],
      [`open -a 'Google Chrome'`, ["open", "-a", "Google Chrome", u.href]],
      [`a "" b`, ["a", "", "b", u.href]],
    ] as const
  ) assert.deepEqual(openerArguments(command, u), expected, command);
  for (const bad of ["", "   ", `firefox "x`]) {
    assert.throws(() => openerArguments(bad, u), ProxyError, bad);
  }
});

Deno.test("each system has its opener, which gets the URL as one argument and is no shell", () => {
  assert.deepEqual(systemOpener("darwin", url), ["open", url.href]);
  assert.deepEqual(systemOpener("windows", url), [
    "rundll32",
    "url.dll,FileProtocolHandler",
    url.href,
  ]);
  for (const os of ["linux", "freebsd"]) {
    assert.deepEqual(systemOpener(os, url), ["xdg-open", url.href]);
  }
});
