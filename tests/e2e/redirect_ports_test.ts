/**
 * Several sign-ins of our own at a time, of different accounts, with registered alternatives of the
 * redirect URL to share among them.
 *
 * @module
 */
import assert from "node:assert/strict";
import { type Company, startCompany } from "../support/company.ts";
import { freePort } from "../support/free_port.ts";

function startAs(company: Company, profile: string, ports: readonly number[]) {
  const urls = ports.map((port) => `http://127.0.0.1:${port}/auth/callback`);
  return company.start({
    env: { MCP_PROXY_PROFILE: profile, OIDC_REDIRECT_URL: urls.join(" ") },
  });
}

/** The port of the redirect URL, at whose origin the sign-in begins, too. */
function redirectPort(tab: URL): number {
  return Number(tab.port);
}

Deno.test("sign-ins of several accounts share the alternatives, and the last one queues", async () => {
  await using company = await startCompany();
  const { browser, provider, person } = company;
  const ports = [freePort(), freePort()];

  await using one = await startAs(company, "one", ports);
  const first = one.initialize();
  const firstTab = await browser.opened();
  assert.equal(redirectPort(firstTab), ports[0]);

  await using two = await startAs(company, "two", ports);
  const second = two.initialize();
  const secondTab = await browser.opened();
  assert.equal(redirectPort(secondTab), ports[1], "the first is taken by the other account");

  await using three = await startAs(company, "three", ports);
  const third = three.initialize();
  await three.logged(
    new RegExp(`waiting for process ${one.pid}, which needs port ${ports[0]} for another sign-in`),
  );
  assert.equal(browser.count(), 2);

  // The later tab may be answered first: each process listens at an address of its own.
  assert.equal((await person.visit(secondTab)).status, 200);
  await second;
  assert.equal((await person.visit(firstTab)).status, 200);
  await first;
  const thirdTab = await browser.opened();
  assert.equal(redirectPort(thirdTab), ports[0], "free again");
  assert.equal((await person.visit(thirdTab)).status, 200);
  await third;

  assert.equal(provider.count("token", "authorization_code"), 3);
  assert.equal(browser.count(), 3);
  for (const program of [one, two, three]) {
    assert.ok((await program.request("tools/list")).result);
  }
});

Deno.test("an alternative that some other program holds is passed over, and the queue is joined", async () => {
  await using company = await startCompany();
  const { browser, person } = company;
  using stranger = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const ports = [freePort(), stranger.addr.port];

  await using one = await startAs(company, "one", ports);
  const first = one.initialize();
  const firstTab = await browser.opened();
  await using two = await startAs(company, "two", ports);
  const second = two.initialize();
  await two.logged(/waiting for process \d+, which needs port \d+ for another sign-in/);
  assert.equal(browser.count(), 1);

  await person.visit(firstTab);
  const secondTab = await browser.opened();
  assert.equal(redirectPort(secondTab), ports[0]);
  await person.visit(secondTab);
  await Promise.all([first, second]);
});

Deno.test("the port of a process that was killed in the middle of a sign-in is used again", async () => {
  await using company = await startCompany();
  const { browser, person } = company;
  const ports = [freePort(), freePort()];
  {
    await using one = await startAs(company, "one", ports);
    one.initialize().catch(() => {});
    assert.equal(redirectPort(await browser.opened()), ports[0]);
    one.kill("SIGKILL");
    await one.exit;
  }
  await using two = await startAs(company, "two", ports);
  const second = two.initialize();
  const tab = await browser.opened();
  assert.equal(redirectPort(tab), ports[0]);
  await person.visit(tab);
  await second;
});

Deno.test("two processes of one account need one port and one tab", async () => {
  await using company = await startCompany();
  const { browser, provider, person } = company;
  const ports = [freePort(), freePort()];
  await using one = await startAs(company, "", ports);
  await using two = await startAs(company, "", ports);
  const both = Promise.all([one.initialize(), two.initialize()]);
  const tab = await browser.opened();
  assert.equal(redirectPort(tab), ports[0]);
  await Promise.any([one, two].map((program) => program.logged(/is signing in .* already/)));
  using other = Deno.listen({ hostname: "127.0.0.1", port: ports[1] });
  assert.ok(other, "nobody listens at the alternative");
  await person.visit(tab);
  await both;
  assert.equal(provider.count("authorization"), 1);
});
