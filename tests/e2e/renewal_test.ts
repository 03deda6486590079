import assert from "node:assert/strict";
import { type Company, startCompany } from "../support/company.ts";
import type { Program } from "../support/program.ts";

async function signedIn(company: Company): Promise<Program> {
  const program = await company.start({ args: [company.gateway.url.href, "--debug"] });
  await Promise.all([company.signIn(), program.initialize()]);
  // The answer comes after the 202 to `notifications/initialized`: what is refused next is ours.
  await program.request("ping");
  return program;
}

function echo(program: Program, message: string) {
  return program.request("tools/call", { name: "echo", arguments: { message } });
}

Deno.test("50 calls over 30 s with 5-second tokens succeed, by refreshing alone", async () => {
  await using company = await startCompany({ provider: { accessTokenTtl: 5 } });
  const { provider, gateway } = company;
  await using program = await signedIn(company);
  const begin = Date.now();
  const calls = Array.from({ length: 50 }, async (_, call) => {
    await pace(begin + call * 600);
    const { result, error } = await echo(program, `${call}`);
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

Deno.test("a revoked refresh token costs exactly one new sign-in", async () => {
  await using company = await startCompany();
  const { provider, gateway, browser } = company;
  await using program = await signedIn(company);
  provider.revokeRefreshTokens();
  gateway.refuse(10);
  const calls = Promise.all(Array.from({ length: 10 }, (_, call) => echo(program, `${call}`)));
  await company.signIn();
  for (const { error } of await calls) assert.equal(error, undefined);
  assert.equal(browser.count(), 2);
  assert.equal(provider.count("authorization"), 2);
  assert.equal(provider.count("token", "refresh_token"), 1);
  assert.equal(provider.count("token", "authorization_code"), 2);
});

Deno.test("a refused token is renewed once, and a second refusal is an error, not a loop", async () => {
  await using company = await startCompany();
  const { provider, gateway } = company;
  await using program = await signedIn(company);

  gateway.refuse(1);
  assert.equal((await echo(program, "renewed")).error, undefined);
  assert.equal(provider.count("token", "refresh_token"), 1);

  gateway.refuse(2);
  const refusals = gateway.refusals();
  const { error } = await echo(program, "refused");
  assert.match(error?.message ?? "", /401/);
  assert.equal(gateway.refusals() - refusals, 2);
  assert.equal(company.browser.count(), 1);
});

Deno.test("a provider that is down costs no sign-in and forgets nothing", async () => {
  await using company = await startCompany();
  const { provider, gateway, browser } = company;
  await using program = await signedIn(company);

  await provider.down();
  gateway.refuse(1);
  const { error } = await echo(program, "while it is down");
  assert.ok(error, "there is no token to be had");
  assert.match(error.message, /^(Network|Authentication) error: .*, /);
  assert.equal(browser.count(), 1);

  await provider.up();
  gateway.refuse(1);
  let answer = await echo(program, "when it is up");
  // After a failed renewal the next one waits a little, and the answer says for how long.
  while (answer.error?.data?.reason === "refresh_paused") {
    await pace(Date.now() + 200);
    answer = await echo(program, "again");
  }
  assert.equal(answer.error, undefined);
  assert.equal(provider.count("authorization"), 1);
  assert.equal(browser.count(), 1);
});

Deno.test("a provider that falters is asked again, not the person", async () => {
  await using company = await startCompany();
  const { provider, gateway, browser } = company;
  await using program = await signedIn(company);
  for (const status of [500, 503, 429]) {
    let answered = 0;
    provider.intercept((request) =>
      request.endpoint === "token" && answered++ === 0
        ? { status, headers: { "retry-after": "1" }, body: "not now" }
        : undefined
    );
    gateway.refuse(1);
    await echo(program, `after ${status}`);
    provider.intercept(undefined);
    assert.equal((await echo(program, "later")).error, undefined, `after ${status}`);
  }
  assert.equal(browser.count(), 1);
});

Deno.test("a provider without refresh tokens gets a new sign-in, in which nobody types", async () => {
  await using company = await startCompany({ provider: { refreshTokens: "never" } });
  await using program = await signedIn(company);
  company.gateway.refuse(1);
  const answer = echo(program, "again");
  await company.signIn();
  assert.equal((await answer).error, undefined);
  assert.equal(company.provider.count("token", "refresh_token"), 0);
});

/** Waits for a moment on the clock: the pace of the calls is what is tested. */
function pace(moment: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, moment - Date.now()));
}
