import assert from "node:assert/strict";
import { join } from "node:path";
import { createHome } from "../support/home.ts";
import { runProgram, startProgram } from "../support/program.ts";
import { startProvider } from "../support/provider.ts";

interface Case {
  name: string;
  args?: string[];
  env?: Record<string, string>;
  code: number;
  /** What the one line on stderr must match, every one of them. */
  says: RegExp[];
}

const backend = "https://mcp.company.test/mcp";
const complete = { OIDC_ISSUER_URL: "https://auth.company.test", OIDC_CLIENT_ID: "id" };

const cases: Case[] = [
  { name: "an unknown flag", args: ["--frobnicate"], code: 2, says: [/--frobnicate/, /--help/] },
  { name: "two backends", args: [backend, backend], code: 2, says: [/argument/, /--help/] },
  {
    name: "--silent with --debug",
    args: [backend, "--silent", "--debug"],
    env: complete,
    code: 2,
    says: [/--silent/, /--debug/, /--help/],
  },
  {
    name: "a number that is none",
    args: [backend, "--login-timeout", "soon"],
    env: complete,
    code: 2,
    says: [/--login-timeout/, /"soon"/, /--help/],
  },
  {
    name: "a flag without its value",
    args: [backend, "--oidc-issuer-url"],
    code: 2,
    says: [/--oidc-issuer-url/, /--help/],
  },
  {
    name: "no settings at all",
    code: 1,
    says: [
      /^Configuration error: /,
      /MCP_BACKEND_URL/,
      /--oidc-issuer-url/,
      /OIDC_ISSUER_URL/,
      /--oidc-client-id/,
      /OIDC_CLIENT_ID/,
    ],
  },
  {
    name: "empty values, which count as unset",
    args: [backend],
    env: { OIDC_ISSUER_URL: "", OIDC_CLIENT_ID: "id" },
    code: 1,
    says: [/^Configuration error: /, /OIDC_ISSUER_URL/, /--oidc-issuer-url/],
  },
  {
    name: "a redirect URL that is not on this machine",
    args: [backend, "--oidc-redirect-url", "https://company.test/callback"],
    env: complete,
    code: 1,
    says: [/^Configuration error: /, /redirect/i, /http/],
  },
  {
    name: "an env file that is not there",
    args: [backend, "--env-file", "/nowhere/.env"],
    env: complete,
    code: 1,
    says: [/^Configuration error: /, /\/nowhere\/\.env/],
  },
];

for (const { name, args, env, code, says } of cases) {
  Deno.test(`${name} ends with exit code ${code} and one line`, async () => {
    await using home = await createHome();
    const outcome = await runProgram({ home: home.path, args, env });
    assert.equal(outcome.code, code, outcome.stderr);
    assert.equal(outcome.stdout, "");
    const lines = outcome.stderr.trimEnd().split("\n");
    assert.equal(lines.length, 1, outcome.stderr);
    for (const pattern of says) assert.match(lines[0]!, pattern);
  });
}

Deno.test("--help and --version go to stdout and end with 0", async () => {
  await using home = await createHome();
  const help = await runProgram({ home: home.path, args: ["--help"] });
  assert.equal(help.code, 0);
  assert.equal(help.stderr, "");
  for (
    const word of ["--oidc-issuer-url", "OIDC_ISSUER_URL", "300", "~/.mcp-auth", "MCP_BACKEND_URL"]
  ) {
    assert.ok(help.stdout.includes(word), `help does not say ${word}`);
  }
  assert.match(help.stdout, /Examples:[\s\S]+https:[\s\S]+https:/);
  const version = await runProgram({ home: home.path, args: ["--version"] });
  assert.equal(version.code, 0);
  assert.match(version.stdout, /\b\d+\.\d+\.\d+\b/);
});

Deno.test("settings come from an env file, and a wrong issuer names both", async () => {
  await using home = await createHome();
  await using provider = await startProvider({ path: "/realms/company" });
  const envFile = join(home.path, "settings.env");
  const wrong = new URL(provider.issuer).origin;
  provider.intercept((request) =>
    request.url.startsWith("/.well-known/")
      ? {
        status: 200,
        body: { issuer: provider.issuer, authorization_endpoint: "x", token_endpoint: "x" },
      }
      : undefined
  );
  await Deno.writeTextFile(
    envFile,
    `# the company's\nOIDC_ISSUER_URL="${wrong}"\nOIDC_CLIENT_ID=id\n`,
  );
  await using program = await startProgram({
    home: home.path,
    args: [backend, "--env-file", envFile],
  });
  const refused = await program.initialize().catch((error: Error) => error.message);
  assert.ok(typeof refused === "string");
  assert.match(refused, /Configuration error: /);
  assert.ok(refused.includes(wrong) && refused.includes(provider.issuer), refused);
  await program.endInput();
  assert.equal((await program.exit).code, 0);
  const [banner] = program.stderr().split("[authful-mcp-proxy]");
  for (const word of [backend, wrong, "id", "openid profile email", home.path]) {
    assert.ok(banner?.includes(word), `the banner does not say ${word}`);
  }
  assert.ok(banner?.includes(`  issuer     ${wrong}\n`), "the issuer is shown as it was given");
});

Deno.test("a cache directory that must not be used is told in one line", {
  ignore: Deno.build.os === "windows",
}, async () => {
  await using home = await createHome();
  const target = `${home.path}/target`;
  await Deno.mkdir(target, { mode: 0o700 });
  await Deno.symlink(target, `${home.path}/link`);
  await using program = await startProgram({
    home: home.path,
    args: ["http://127.0.0.1:1/mcp", "--no-banner", "--cache-dir", `${home.path}/link`],
    env: { OIDC_ISSUER_URL: "http://127.0.0.1:2", OIDC_CLIENT_ID: "a" },
  });
  // It may end before it has read this.
  await program.send({ jsonrpc: "2.0", id: 1, method: "initialize" }).catch(() => {});
  assert.equal((await program.exit).code, 1);
  assert.match(program.stderr(), /^System error: [^\n]* is a symbolic link[^\n]*$/);
});
