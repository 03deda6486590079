import assert from "node:assert/strict";
import { join } from "node:path";
import { startCompany } from "../support/company.ts";
import { startProgram } from "../support/program.ts";

async function modes(directory: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const entry of Deno.readDir(directory)) {
    const { mode } = await Deno.stat(join(directory, entry.name));
    found[entry.name] = ((mode ?? 0) & 0o777).toString(8);
  }
  return found;
}

Deno.test({
  name: "only the person can read what is stored, whatever the umask is",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using company = await startCompany();
    const umask = Deno.umask(0);
    let program;
    try {
      program = await company.start();
    } finally {
      Deno.umask(umask);
    }
    await using running = program;
    await Promise.all([company.signIn(), running.initialize()]);
    const cache = join(company.home.path, ".mcp-auth", "authful-mcp-proxy");
    const { mode } = await Deno.stat(cache);
    assert.equal(((mode ?? 0) & 0o777).toString(8), "700");
    const files = await modes(cache);
    assert.ok("cache.db" in files);
    for (const [name, mode] of Object.entries(files)) assert.equal(mode, "600", name);
    await running.endInput();
    await running.exit;
  },
});

Deno.test("--cache-dir keeps the credentials elsewhere", async () => {
  await using company = await startCompany();
  const cache = join(company.home.path, "else", "where");
  await using program = await company.start({
    args: [company.gateway.url.href, "--cache-dir", cache],
  });
  await Promise.all([company.signIn(), program.initialize()]);
  assert.ok(await Deno.stat(join(cache, "cache.db")));
  await assert.rejects(Deno.stat(join(company.home.path, ".mcp-auth")));
});

Deno.test("credentials of other clients and scopes are kept apart, order of scopes aside", async () => {
  await using company = await startCompany();
  const start = async (scopes: string) => {
    await using program = await company.start({ env: { OIDC_SCOPES: scopes } });
    const [{ result }] = await Promise.all([
      program.initialize(),
      company.browser.count() < signIns ? company.signIn() : undefined,
    ]);
    assert.ok(result);
    await program.endInput();
    await program.exit;
  };
  let signIns = 1;
  await start("openid email");
  await start("email openid");
  assert.equal(company.browser.count(), 1);
  signIns = 2;
  await start("openid profile");
  assert.equal(company.browser.count(), 2);
  await start("openid email");
  assert.equal(company.browser.count(), 2);
});

Deno.test("several programs that start at once share one sign-in", async () => {
  await using company = await startCompany();
  await using stack = new AsyncDisposableStack();
  const programs = await Promise.all(
    Array.from({ length: 4 }, async () => stack.use(await startProgram(company.settings()))),
  );
  const initialized = Promise.all(programs.map((program) => program.initialize()));
  await Promise.all([company.signIn(), initialized]);
  assert.equal(company.browser.count(), 1);
  assert.equal(company.provider.count("authorization"), 1);
  assert.equal(company.provider.count("token"), 1);
});
