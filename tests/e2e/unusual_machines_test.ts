import assert from "node:assert/strict";
import { join } from "node:path";
import { startCompany } from "../support/company.ts";
import { createHome } from "../support/home.ts";
import { runProgram } from "../support/program.ts";
import { programCommand } from "../support/program_command.ts";

const onUnix = { ignore: Deno.build.os === "windows" };

async function makePipe(path: string): Promise<void> {
  await Deno.mkdir(join(path, ".."), { recursive: true, mode: 0o700 });
  const { success } = await new Deno.Command("mkfifo", { args: [path] }).output();
  assert.ok(success, "mkfifo");
}

for (const name of ["cache.key", "cache.db"]) {
  Deno.test({
    name: `a pipe in the place of ${name} is told at once, before a tab opens`,
    ...onUnix,
    async fn() {
      await using company = await startCompany();
      const path = join(company.home.path, ".mcp-auth", "authful-mcp-proxy", name);
      await makePipe(path);
      const { code, stderr } = await runProgram(company.settings({ args: ["login"] }));
      assert.equal(code, 1, stderr);
      assert.match(stderr, /^System error: .*(?:is a pipe, not a file|what is not a file)/m);
      assert.ok(stderr.includes(path), stderr);
      assert.equal(company.browser.count(), 0);
    },
  });
}

Deno.test({
  name: "setup refuses a pipe in the place of a client's file, and waits for nobody",
  ...onUnix,
  async fn() {
    await using home = await createHome();
    const path = join(home.path, "mcp.json");
    await makePipe(path);
    const { code, stderr } = await runProgram({
      home: home.path,
      args: [
        ...["setup", "https://mcp.company.com/mcp", "--client", "cursor", "--file", path],
        ...["--no-check", "--no-login", "--yes"],
      ],
      env: { OIDC_ISSUER_URL: "https://auth.company.com", OIDC_CLIENT_ID: "abc" },
    });
    assert.equal(code, 1, stderr);
    assert.match(stderr, /^System error: \S+mcp\.json cannot be read: .* is a pipe, not a file/m);
    assert.ok((await Deno.lstat(path)).isFifo);
  },
});

Deno.test({
  name: "a file of variables may be a pipe, as password managers and shells give them",
  ...onUnix,
  async fn() {
    await using home = await createHome();
    const path = join(home.path, "variables");
    await makePipe(path);
    const [{ code, stderr }] = await Promise.all([
      runProgram({ home: home.path, args: ["status", "--env-file", path] }),
      Deno.writeTextFile(path, "OIDC_ISSUER_URL=https://auth.company.com\nOIDC_CLIENT_ID=piped\n"),
    ]);
    assert.equal(code, 1);
    assert.match(stderr, /Not signed in at https:\/\/auth\.company\.com\/? with client id piped/);
  },
});

Deno.test("a home directory that is not absolute is refused, and nothing is made anywhere", async () => {
  await using home = await createHome();
  const env: Record<string, string> = Deno.build.os === "windows"
    ? { USERPROFILE: "not\\there" }
    : { HOME: "not/there" };
  for (const args of [["login", "https://mcp.company.com/mcp"], ["status"]]) {
    const { code, stderr } = await runProgram({
      home: home.path,
      cwd: home.path,
      args,
      env: { OIDC_ISSUER_URL: "https://auth.company.com", OIDC_CLIENT_ID: "abc", ...env },
    });
    assert.equal(code, 1, stderr);
    assert.match(
      stderr,
      /^Configuration error: the home directory "not\S+there" is not an absolute path.* Fix: set \w+ to an absolute path/m,
    );
  }
  assert.deepEqual(await Array.fromAsync(Deno.readDir(home.path)), []);
});

Deno.test({
  name: "a limit of 32 open files is told, and nothing panics",
  // Other systems need other numbers.
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using company = await startCompany();
    const { command, args, env } = await programCommand({ home: company.home.path });
    const { code, stderr } = await runProgram(company.settings({
      command: ["/bin/sh", "-c", 'ulimit -n 32 && exec "$@"', "sh", command, ...args],
      args: ["login"],
      env: Object.fromEntries(Object.entries(env).filter(([name]) => name === "DENO_DIR")),
    }));
    assert.equal(code, 1, stderr);
    assert.match(
      stderr,
      /^System error: the limit of open files leaves this process \d+, and it needs 16\. Fix: raise the limit.*ulimit -n/m,
    );
    assert.doesNotMatch(stderr, /panic/);
    assert.equal(company.browser.count(), 0);
  },
});
