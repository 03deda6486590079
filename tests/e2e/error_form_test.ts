import assert from "node:assert/strict";
import { createHome } from "../support/home.ts";
import { runProgram, startProgram } from "../support/program.ts";

const categories =
  "(?:(?:Usage|Configuration|Network|System|Backend|Authentication|Internal|Parse)" +
  " error|Invalid Request)";

/** The one form, and neither half of it twice. */
const form = new RegExp(`^${categories}: (?:(?!\\. Fix: ).)+[^.]\\. Fix: (?:(?!Fix: ).)+[^.]\\.$`);

const closedPort = () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return (listener.addr as Deno.NetAddr).port;
};

interface Case {
  name: string;
  args: string[];
  env?: Record<string, string>;
  code: number;
  category: string;
}

const backend = "https://mcp.company.test/mcp";

const cases: Case[] = [
  { name: "an unknown flag", args: ["--nonsense"], code: 2, category: "Usage" },
  { name: "a mistyped flag", args: ["--oidc-client-idd", "x"], code: 2, category: "Usage" },
  { name: "a flag without its value", args: ["--profile"], code: 2, category: "Usage" },
  {
    name: "flags that exclude each other",
    args: ["--silent", "--debug"],
    code: 2,
    category: "Usage",
  },
  { name: "a mistyped command", args: ["logn"], code: 2, category: "Usage" },
  { name: "help for what is no command", args: ["help", "logn"], code: 2, category: "Usage" },
  {
    name: "a word for a number",
    args: ["login", "--login-timeout", "soon"],
    code: 2,
    category: "Usage",
  },
  {
    name: "a token for a terminal and a header",
    args: ["token", "--header", "--json"],
    code: 2,
    category: "Usage",
  },
  { name: "setup without a client", args: ["setup", backend], code: 2, category: "Usage" },
  {
    name: "setup that would write without being asked",
    args: ["setup", backend, "--client", "cursor"],
    code: 2,
    category: "Usage",
  },
  {
    name: "setup with a bad name",
    args: ["setup", backend, "--client", "cursor", "--yes", "--name", "a b"],
    code: 2,
    category: "Usage",
  },
  {
    name: "setup that removes nothing in particular",
    args: ["setup", "--remove", "--client", "cursor", "--yes"],
    code: 2,
    category: "Usage",
  },
  { name: "no setting at all", args: [], code: 1, category: "Configuration" },
  {
    name: "a URL without its scheme",
    args: ["mcp.company.com/mcp"],
    code: 1,
    category: "Configuration",
  },
  {
    name: "a URL with a password",
    args: ["https://a:b@c.test/"],
    code: 1,
    category: "Configuration",
  },
  {
    name: "plain http",
    args: ["http://mcp.company.test/mcp"],
    env: { OIDC_ISSUER_URL: "https://auth.company.test", OIDC_CLIENT_ID: "abc" },
    code: 1,
    category: "Configuration",
  },
  {
    name: "no env file",
    args: [backend, "--env-file", "/nowhere"],
    code: 1,
    category: "Configuration",
  },
  {
    name: "no configuration file",
    args: ["--config", "/nowhere"],
    code: 1,
    category: "Configuration",
  },
  { name: "logout of nobody in particular", args: ["logout"], code: 1, category: "Configuration" },
  {
    name: "a certificate without its key",
    args: ["login", backend, "--client-cert", "/nowhere"],
    code: 1,
    category: "Configuration",
  },
  {
    name: "a token of somebody who is not signed in",
    args: ["token", backend],
    env: { OIDC_ISSUER_URL: "https://auth.company.test", OIDC_CLIENT_ID: "abc" },
    code: 1,
    category: "Authentication",
  },
  {
    name: "a provider that is not there",
    args: ["login", backend],
    env: { OIDC_ISSUER_URL: `http://127.0.0.1:${closedPort()}`, OIDC_CLIENT_ID: "abc" },
    code: 1,
    category: "Network",
  },
  {
    name: "a cache directory that is a file",
    args: ["login", backend],
    env: {
      OIDC_ISSUER_URL: `http://127.0.0.1:${closedPort()}`,
      OIDC_CLIENT_ID: "abc",
      MCP_PROXY_CACHE_DIR: import.meta.filename!,
    },
    code: 1,
    category: "System",
  },
  {
    name: "a report that cannot be written",
    args: ["doctor", "--json", "--report", "/nowhere/report.json"],
    code: 1,
    category: "System",
  },
];

for (const { name, args, env, code, category } of cases) {
  Deno.test(`the error for ${name} has the one form`, async () => {
    await using home = await createHome();
    const { stderr, ...exit } = await runProgram({ home: home.path, args, env });
    assert.equal(exit.code, code, stderr);
    const lines = stderr.trimEnd().split("\n");
    assert.match(lines.at(-1)!, form);
    assert.ok(lines.at(-1)!.startsWith(`${category} error: `), stderr);
    for (const line of lines) if (/ error\b/.test(line)) assert.match(line, form);
  });
}

Deno.test("what the bridge answers in error has the one form, and the cure apart", async () => {
  await using home = await createHome();
  const unreachable = `http://127.0.0.1:${closedPort()}`;
  await using program = await startProgram({
    home: home.path,
    args: [`${unreachable}/mcp`, "--max-message-bytes", "2048", "--retry-window", "0"],
    env: { OIDC_ISSUER_URL: unreachable, OIDC_CLIENT_ID: "abc" },
  });
  await program.send("no JSON");
  await program.send("[]");
  await program.send(JSON.stringify({ method: "x".repeat(4096) }));
  await program.send({ jsonrpc: "2.0", id: 1, method: "tools/list" });
  const reasons = ["parse_error", "invalid_request", "message_too_long", "provider_unreachable"];
  for (const reason of reasons) {
    const { error } = await program.message(({ error }) => error?.data?.reason === reason);
    assert.match(error!.message, form);
    assert.ok(error!.message.endsWith(`. Fix: ${error!.data!.hint}.`), error!.message);
  }
  await program.logged(/ \[error\] tools\/list failed: Network error: .+\. Fix: .+\.$/);
});
