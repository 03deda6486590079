import assert from "node:assert/strict";
import { startCompany } from "../support/company.ts";
import { createPerson } from "../support/person.ts";
import type { Program } from "../support/program.ts";

Deno.test("sign-ins of two accounts queue for the one redirect port", async () => {
  await using company = await startCompany();
  const { browser, provider } = company;
  const start = (profile: string) => company.start({ env: { MCP_PROXY_PROFILE: profile } });
  await using one = await start("one");
  const first = one.initialize();
  const url = await browser.opened();
  await using two = await start("two");
  const second = two.initialize();
  await two.logged(/waiting for process \d+, which needs port \d+ for another sign-in/);
  assert.equal(browser.count(), 1);
  await company.person.visit(url);
  await first;
  await Promise.all([company.signIn(), second]);
  assert.equal(provider.count("token", "authorization_code"), 2);
  for (const program of [one, two]) assert.ok((await program.request("tools/list")).result);
});

Deno.test("a client that starts the program anew in the middle of a sign-in gets no second tab", async () => {
  await using company = await startCompany();
  const { browser, provider, person } = company;
  let tab: URL;
  {
    await using first = await company.start();
    first.initialize().catch(() => {});
    tab = await person.openTab(await browser.opened());
    // As clients do that have the SDK: the signal ends the wait for answers.
    await first.endInput();
    first.kill("SIGTERM");
    await first.exit;
  }
  await using second = await company.start();
  const initialized = second.initialize();
  await second.logged(/waiting for a sign-in that was begun already/);
  assert.equal((await person.visit(tab)).status, 200);
  await initialized;
  assert.equal(browser.count(), 1);
  assert.equal(provider.count("authorization"), 1);
});

Deno.test("a refused sign-in opens no other tab for a while, in no process, and says so", async () => {
  await using company = await startCompany();
  const { browser } = company;
  await using one = await company.start();
  await using two = await company.start();
  /** What the client is told in the end: by `initialize`, or by a request of the session that it got. */
  const told = (program: Program) =>
    program.initialize().then(
      async () => {
        const { error } = await program.request("tools/call", { name: "echo", arguments: {} });
        return JSON.stringify(error);
      },
      (error): string => error.message,
    );
  const answers = [one, two].map(told);
  const url = await browser.opened();
  await Promise.any([one, two].map((program) => program.logged(/is signing in .* already/)));
  await createPerson({ consent: "deny" }).visit(url);
  const messages = await Promise.all(answers);
  assert.ok(messages.some((message) => /"reason":"access_denied"/.test(message)), messages.join());
  assert.ok(messages.some((message) => /"reason":"sign_in_paused"/.test(message)), messages.join());
  await using three = await company.start();
  const message = await told(three);
  assert.match(message, /did not succeed .*authful-mcp-proxy login/);
  assert.equal(browser.count(), 1);
});
