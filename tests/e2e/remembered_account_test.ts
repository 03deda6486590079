/** What a backend said to one person is shown to nobody else, whoever signs in, out, or at once. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { type Company, startCompany } from "../support/company.ts";
import { createPerson } from "../support/person.ts";
import { startPersonalBackend } from "../support/personal_backend.ts";
import { type Program, runProgram } from "../support/program.ts";

const impatient = ["--start-grace", "0.2", "--list-grace", "0.2", "--retry-window", "1"];

async function signIn(company: Company, login: string): Promise<void> {
  const signedIn = runProgram(
    company.settings({ args: ["login", "--force"] }),
  );
  await createPerson({ login }).visit(await company.browser.opened());
  const { code, stderr } = await signedIn;
  assert.equal(code, 0, stderr);
}

/** Asks for all that may be remembered; returns everything that was answered. */
async function ask(program: Program): Promise<string> {
  // Where nothing is remembered and the backend is down, there is nothing to begin with.
  await program.initialize().catch(() => {});
  for (const method of ["tools/list", "resources/list"]) await program.request(method);
  return program.lines.join("\n");
}

const start = (company: Company) =>
  company.start({ args: [company.gateway.url.href, ...impatient] });

/** What a client is told while the backend answers. */
async function askOnline(company: Company): Promise<string> {
  await using program = await start(company);
  const said = await ask(program);
  await program.endInput();
  assert.equal((await program.exit).code, 0, program.stderr());
  return said;
}

/** What a client is told while the backend is down: what is remembered, and nothing else. */
async function askOffline(company: Company): Promise<string> {
  await company.gateway.down();
  try {
    await using program = await start(company);
    return await ask(program);
  } finally {
    await company.gateway.up();
  }
}

const all = (
  name: string,
) => [`instructions-for-${name}`, `server-of-${name}`, `tool-of-${name}`, `resource-of-${name}`];

function assertTold(said: string, name: string): void {
  for (const text of all(name)) assert.ok(said.includes(text), `${text} is not in ${said}`);
}

function assertNotTold(said: string, ...names: string[]): void {
  for (const text of names.flatMap(all)) assert.ok(!said.includes(text), `${text} is in ${said}`);
}

Deno.test("whoever signs in after somebody else is told nothing of what that one was", async () => {
  await using backend = await startPersonalBackend();
  await using company = await startCompany({ backend: backend.url });
  await signIn(company, "ada");
  assertTold(await askOnline(company), "ada");
  assertTold(await askOffline(company), "ada");

  await signIn(company, "eve");
  assertNotTold(await askOffline(company), "ada", "eve");
  const online = await askOnline(company);
  assertTold(online, "eve");
  assertNotTold(online, "ada");
  const offline = await askOffline(company);
  assertTold(offline, "eve");
  assertNotTold(offline, "ada");

  await signIn(company, "ada");
  assertNotTold(await askOffline(company), "ada", "eve");
});

Deno.test("a client that still works as somebody else leaves nothing of it behind", async () => {
  await using backend = await startPersonalBackend();
  await using company = await startCompany({ backend: backend.url });
  await signIn(company, "ada");
  await using ada = await start(company);
  assertTold(await ask(ada), "ada");
  await signIn(company, "eve");
  // Its token is good still.
  assert.match(JSON.stringify(await ada.request("tools/list")), /tool-of-ada/);
  await ada.endInput();
  await ada.exit;
  assertNotTold(await askOffline(company), "ada", "eve");
});

Deno.test("after logout nothing is remembered, and no file is left of it", async () => {
  for (const which of [[], ["--all"]]) {
    await using backend = await startPersonalBackend();
    await using company = await startCompany({ backend: backend.url });
    await signIn(company, "ada");
    assertTold(await askOnline(company), "ada");
    const cacheDir = join(company.home.path, ".mcp-auth", "authful-mcp-proxy");
    const kept = () =>
      [...Deno.readDirSync(cacheDir)].filter(({ name }) => name.startsWith("account-")).length;
    assert.ok(kept() >= 3);
    const { code, stderr } = await runProgram(
      company.settings({ args: ["logout", ...which] }),
    );
    assert.equal(code, 0, stderr);
    assert.equal(kept(), 0);
    assertNotTold(await askOffline(company), "ada");
  }
});
