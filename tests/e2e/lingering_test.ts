/**
 * A client that ends the program in the middle of a sign-in: whoever finishes in the tab that is open
 * is signed in all the same.
 *
 * @module
 */
import assert from "node:assert/strict";
import { type Company, startCompany } from "../support/company.ts";
import { endLingering, isListenedOn, lingering, lingersNoMore } from "../support/lingering.ts";
import type { Program, ProgramOptions } from "../support/program.ts";

const ignore = Deno.build.os === "windows";

/** Starts the program with a process that goes on when it ends. */
function start(company: Company, more: Partial<ProgramOptions> = {}): Promise<Program> {
  return company.start({ ...more, env: { MCP_PROXY_NO_LINGER: "", ...more.env } });
}

/** Begins a sign-in and returns the tab in which the person goes on. */
async function beginSignIn(company: Company, program: Program): Promise<URL> {
  program.initialize().catch(() => {});
  return await company.person.openTab(await company.browser.opened());
}

function redirectUrlOf(company: Company): URL {
  return new URL(company.settings().env!.OIDC_REDIRECT_URL!);
}

/** The next start needs no tab. */
async function assertSignedIn(company: Company): Promise<void> {
  const tabs = company.browser.count();
  await using program = await start(company);
  await program.initialize();
  assert.ok((await program.request("tools/list")).result);
  assert.equal(company.browser.count(), tabs);
}

for (const how of ["the end of stdin", "SIGTERM", "SIGINT", "SIGHUP"] as const) {
  Deno.test({
    name: `${how} in the middle of a sign-in: the person who finishes is signed in`,
    ignore,
    async fn() {
      await using company = await startCompany();
      const home = company.home.path;
      await using _end = endLingering(home);
      await using program = await start(company);
      const tab = await beginSignIn(company, program);
      if (how === "the end of stdin") await program.endInput();
      else program.kill(how);
      await program.exit;
      assert.equal((await lingering(home)).length, 1);
      await isListenedOn(redirectUrlOf(company));
      const page = await company.person.visit(tab);
      assert.equal(page.status, 200);
      assert.match(page.html, /You are signed in/);
      await lingersNoMore(home);
      await assertSignedIn(company);
      assert.equal(company.browser.count(), 1);
    },
  });
}
