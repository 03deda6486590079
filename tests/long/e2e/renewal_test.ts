import assert from "node:assert/strict";
import { startCompany } from "../../support/company.ts";

// Sampled in the default suite by `tests/e2e/renewal_ahead_test.ts`.
Deno.test("50 calls over 30 s with 5-second tokens succeed, by refreshing alone", async () => {
  await using company = await startCompany({ provider: { accessTokenTtl: 5 } });
  const { provider, gateway } = company;
  await using program = await company.start();
  await Promise.all([company.signIn(), program.initialize()]);
  const begin = Date.now();
  const calls = Array.from({ length: 50 }, async (_, call) => {
    // The pace of the calls is what is tested.
    await new Promise((resolve) => setTimeout(resolve, begin + call * 600 - Date.now()));
    const echo = { name: "echo", arguments: { message: `${call}` } };
    const { result, error } = await program.request("tools/call", echo);
    assert.equal(error, undefined);
    assert.deepEqual(result?.content, [{ type: "text", text: `Echo: ${call}` }]);
  });
  await Promise.all(calls);
  assert.equal(provider.count("authorization"), 1);
  assert.equal(provider.count("token", "authorization_code"), 1);
  const refreshes = provider.count("token", "refresh_token");
  assert.ok(refreshes >= 5, `only ${refreshes} refreshes in 30 s`);
  assert.ok(refreshes <= 9, `${refreshes} refreshes in 30 s are too many`);
  assert.equal(gateway.refusals(), 0);
});
