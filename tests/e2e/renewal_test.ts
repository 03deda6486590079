import assert from "node:assert/strict";
import { type Company, startCompany } from "../support/company.ts";
import type { Program } from "../support/program.ts";
import { within } from "../support/within.ts";

/**
 * A program whose next request at the gateway is the test's: the handshake, and the stream that a
 * client opens behind it, are through.
 */
async function signedIn(company: Company): Promise<Program> {
  const { gateway } = company;
  const program = await company.start({ args: [gateway.url.href, "--debug"] });
  await Promise.all([company.signIn(), program.initialize()]);
  const isAnswered = (method: string) =>
    gateway.requested(({ rpcMethods, status, ...request }) =>
      (request.method === method || rpcMethods.includes(method)) && status !== undefined
    );
  await Promise.all([isAnswered("notifications/initialized"), isAnswered("GET")]);
  return program;
}

function echo(program: Program, message: string) {
  return program.request("tools/call", { name: "echo", arguments: { message } });
}

Deno.test("a revoked refresh token costs exactly one new sign-in", async () => {
  await using company = await startCompany();
  const { provider, gateway, browser } = company;
  await using program = await signedIn(company);
  provider.revokeRefreshTokens();
  // As a backend that has been told: a token of the new sign-in is good at once.
  gateway.distrust(provider.secrets.access_token);
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
  gateway.distrust(provider.secrets.access_token);
  const { error } = await echo(program, "while it is down");
  assert.ok(error, "there is no token to be had");
  assert.match(error.message, /^(Network|Authentication) error: .+\. Fix: .+\.$/);
  assert.equal(browser.count(), 1);

  await provider.up();
  // After a failed renewal the next one waits a little, and the answer says so.
  const again = async () => {
    for (;;) {
      const answer = await echo(program, "when it is up");
      if (answer.error?.data?.reason !== "refresh_paused") return answer;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  };
  const answer = await within(again(), { what: "the next renewal" });
  assert.equal(answer.error, undefined);
  assert.equal(provider.count("token", "refresh_token"), 1);
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
