/**
 * Clients are restarted one by one, so after an upgrade older and newer programs run for days on the
 * same store. They must go on as if all were of one version, in either order.
 */
import assert from "node:assert/strict";
import { startCompany } from "../support/company.ts";
import { frozenVersions } from "../support/frozen_versions.ts";
import { createPerson } from "../support/person.ts";
import { echo, refreshes, shareSignIn, sideOf, today } from "./mixed_versions.ts";

for (const version of frozenVersions) {
  const older = sideOf(version);

  Deno.test(`programs of ${older.name} and of today share one sign-in, refused token by refused token`, () =>
    shareSignIn(older, {
      programs: 3,
      async use(programs, { provider, gateway }) {
        for (let round = 1; round <= 10; round++) {
          // All find out at the same moment that the token is no longer good.
          gateway.distrust(provider.secrets.access_token);
          await Promise.all(programs.map((program, at) => echo(program, `${round} ${at}`)));
        }
        assert.equal(refreshes(provider).length, 10);
      },
    }));

  for (const [first, second] of [[older, today], [today, older]]) {
    Deno.test(`${second.name} opens what ${first.name} stored, and renews it`, async () => {
      await using company = await startCompany();
      const { provider, gateway, browser } = company;
      await using before = await first.start(company);
      await Promise.all([company.signIn(), before.initialize()]);
      await using after = await second.start(company);
      await after.initialize();
      gateway.distrust(provider.secrets.access_token);
      await echo(after, "renewed");
      // What one renewed is what the other goes on with.
      await echo(before, "as well");
      assert.equal(refreshes(provider).length, 1);
      assert.equal(browser.count(), 1);
    });

    Deno.test(`${second.name} finishes the sign-in in which ${first.name} was killed`, async () => {
      await using company = await startCompany();
      const { provider, browser, person } = company;
      await using killed = await first.start(company);
      killed.initialize().catch(() => {});
      const tab = await person.openTab(await browser.opened());
      killed.kill("SIGKILL");
      await killed.exit;
      await using program = await second.start(company);
      const initialized = program.initialize();
      await program.logged(/waiting for a sign-in that was begun already/);
      const page = await person.visit(tab);
      assert.equal(page.status, 200, page.html);
      await initialized;
      await echo(program, "signed in");
      assert.equal(browser.count(), 1);
      assert.equal(provider.count("authorization"), 1);
    });

    Deno.test(`${second.name} does not send the refresh token again over which ${first.name} was killed`, async () => {
      await using company = await startCompany();
      const { provider, gateway, browser } = company;
      await using killed = await first.start(company);
      await Promise.all([company.signIn(), killed.initialize()]);
      const dead = Promise.withResolvers<void>();
      // The provider takes the refresh token, and its answer comes too late.
      provider.intercept(async ({ grantType }) => {
        if (grantType === "refresh_token") await dead.promise;
        return undefined;
      });
      gateway.distrust(provider.secrets.access_token);
      echo(killed, "never").catch(() => {});
      await provider.requested(({ grantType }) => grantType === "refresh_token");
      killed.kill("SIGKILL");
      await killed.exit;
      dead.resolve();
      await using program = await second.start(company);
      await Promise.all([company.signIn(), program.initialize()]);
      await echo(program, "signed in anew");
      assert.equal(refreshes(provider).length, 1);
      assert.equal(browser.count(), 2);
    });

    Deno.test(`${second.name} opens no tab after one that was refused in ${first.name}`, async () => {
      await using company = await startCompany();
      const { browser } = company;
      await using refused = await first.start(company);
      const asked = refused.request("initialize", initialize);
      await createPerson({ consent: "deny" }).visit(await browser.opened());
      assert.match((await asked).error?.message ?? "", /access_denied/);
      await using program = await second.start(company);
      const begun = await program.request("initialize", initialize);
      // Where the client is answered while nobody is signed in, the next request fails.
      const { error } = begun.error
        ? begun
        : await program.request("tools/call", { name: "echo", arguments: {} });
      assert.equal(error?.data?.reason, "sign_in_paused");
      // What others said is sealed where released programs do not look.
      const isKnown = first.name === second.name || first.name === "0.1.0";
      assert.match(error.message, isKnown ? /access_denied/ : /the last sign-in failed/);
      assert.doesNotMatch(error.message, /undefined/);
      assert.equal(browser.count(), 1);
    });
  }
}

const initialize = {
  protocolVersion: "2025-11-25",
  capabilities: {},
  clientInfo: { name: "test", version: "1" },
};
