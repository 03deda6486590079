import assert from "node:assert/strict";
import { startCompany } from "../support/company.ts";

Deno.test("the first start signs in, the second does not talk to the provider at all", async (t) => {
  await using company = await startCompany();
  const { provider, gateway, browser } = company;

  await t.step("the first start opens the browser, and the tools appear", async () => {
    await using program = await company.start();
    const [page] = await Promise.all([company.signIn(), program.initialize()]);
    assert.equal(page.status, 200);
    const { result } = await program.request("tools/list");
    assert.ok(Array.isArray(result?.tools) && result.tools.length > 5);
    await program.endInput();
    assert.equal((await program.exit).code, 0);
    assert.equal(provider.count("authorization"), 1);
    assert.equal(provider.count("token", "authorization_code"), 1);
    assert.equal(browser.count(), 1);
    assert.equal(gateway.refusals(), 0);
  });

  await t.step("the second start needs neither person nor provider", async () => {
    const before = provider.requests.length;
    await using program = await company.start();
    await program.initialize();
    assert.ok((await program.request("tools/list")).result);
    await program.endInput();
    assert.equal((await program.exit).code, 0);
    assert.equal(provider.requests.length, before);
    assert.equal(browser.count(), 1);
  });
});
