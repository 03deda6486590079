import assert from "node:assert/strict";
import { startCompany } from "../../support/company.ts";
import { within } from "../../support/within.ts";

const programs = 100;

Deno.test("a hundred programs that start at once before anybody is signed in need one sign-in", async () => {
  await using company = await startCompany();
  const { browser, person, provider } = company;
  const began = performance.now();
  const seconds = () => ((performance.now() - began) / 1000).toFixed(1);
  await using started = new AsyncDisposableStack();
  const signedIn = browser.opened(120_000).then((url) => person.visit(url));
  const listed = Promise.all(Array.from({ length: programs }, async () => {
    const program = started.use(await company.start());
    await program.initialize();
    return await program.request("tools/list");
  }));
  assert.equal((await signedIn).status, 200);
  const answers = await within(listed, { what: "every program's list", patience: 120_000 });
  console.log(`${programs} programs had their lists after ${seconds()} s`);
  for (const { result } of answers) assert.ok(result);
  assert.equal(browser.count(), 1);
  assert.equal(provider.count("token", "authorization_code"), 1);
  assert.equal(provider.count("token", "refresh_token"), 0);
});
