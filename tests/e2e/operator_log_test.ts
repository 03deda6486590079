import assert from "node:assert/strict";
import { join } from "node:path";
import { startCompany } from "../support/company.ts";
import { createHome } from "../support/home.ts";
import { runProgram } from "../support/program.ts";

interface LogLine {
  time: string;
  level: string;
  pid: number;
  reason?: string;
  message: string;
}

const parse = (text: string): LogLine[] =>
  text.trimEnd().split("\n").map((line) => JSON.parse(line));

Deno.test("with --log-format json every line is an object, and its reason the word of the answer", async () => {
  await using company = await startCompany();
  const logFile = join(company.home.path, "state", "log.jsonl");
  await using program = await company.start({
    env: {
      MCP_PROXY_LOG_FORMAT: "json",
      MCP_PROXY_LOG_LEVEL: "debug",
      MCP_PROXY_LOG_FILE: "~/state/log.jsonl",
    },
  });
  await Promise.all([company.signIn(), program.initialize()]);
  company.provider.revokeRefreshTokens();
  company.gateway.refuse(1);
  await Promise.all([company.signIn(), program.request("tools/list")]);
  await program.endInput();
  assert.equal((await program.exit).code, 0);
  const lines = parse(program.stderr());
  assert.ok(lines.some(({ message }) => message.startsWith("signed in")), program.stderr());
  assert.ok(lines.some(({ level }) => level === "debug"));
  const refused = lines.find(({ message }) => message.includes("refresh token"));
  assert.equal(refused?.reason, "invalid_grant", program.stderr());
  for (const { time, level, pid, message } of lines) {
    assert.equal(new Date(time).toISOString(), time);
    assert.ok(["error", "warn", "info", "debug"].includes(level), level);
    assert.equal(pid, program.pid);
    assert.ok(message.length > 0);
  }
  assert.deepEqual(parse(await Deno.readTextFile(logFile)), lines, "the file has the same");
  assert.equal((await Deno.stat(logFile)).mode! & 0o777, 0o600);
  // Whatever a token of this provider looks like, none stands there.
  const text = await Deno.readTextFile(logFile);
  for (const secret of Object.values(company.provider.secrets).flatMap((some) => [...some])) {
    assert.ok(!text.includes(secret), "a secret is in the log file");
  }
});

Deno.test("what ends the program is a line of the log, too, with its reason", async () => {
  await using home = await createHome();
  const run = (args: string[], env: Record<string, string> = {}) =>
    runProgram({ home: home.path, args, env });
  const refused = await run(["http://mcp.company.test/mcp"], {
    MCP_PROXY_LOG_FORMAT: "json",
    MCP_PROXY_LOG_FILE: "~/log",
    OIDC_ISSUER_URL: "https://auth.company.test",
    OIDC_CLIENT_ID: "abc",
  });
  assert.equal(refused.code, 1);
  const [line, ...more] = parse(refused.stderr);
  assert.deepEqual([line.level, line.reason, more], ["error", "plain_http", []]);
  assert.match(line.message, /^Configuration error: .* Fix: /);
  assert.deepEqual(parse(await Deno.readTextFile(join(home.path, "log"))), [line]);
  const misspelt = await run(["--log-format=json", "--login-timeout=soon", "https://a.test/mcp"]);
  assert.equal(misspelt.code, 2);
  const [usage] = parse(misspelt.stderr);
  assert.deepEqual([usage.level, usage.reason], ["error", "usage"]);
});

Deno.test("a log file that cannot be written ends the start with the file's name", async () => {
  await using home = await createHome();
  const { code, stderr } = await runProgram({
    home: home.path,
    args: ["https://mcp.company.test/mcp", "--log-file", home.path],
    env: { OIDC_ISSUER_URL: "https://auth.company.test", OIDC_CLIENT_ID: "abc" },
  });
  assert.equal(code, 1);
  assert.match(
    stderr,
    /^Configuration error: the log file \S+ cannot be written: .*Fix: name a file/,
  );
});
