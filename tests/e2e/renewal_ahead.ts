/**
 * Calls at a steady pace while tokens run out, with a provider that answers no refresh before some
 * more calls got through: if one of them waited for the refresh, nothing would go on.
 *
 * @module
 */
import assert from "node:assert/strict";
import { startCompany } from "../support/company.ts";

/** How the calls are made. */
export interface RenewalAheadOptions {
  /** The lifetime of access tokens, in seconds. */
  lifetime: number;
  /** How long it goes on, in milliseconds; one call every 100 ms. */
  duration: number;
}

/** How long the calls took, in milliseconds. */
export interface CallTimes {
  /** Half of them were faster. */
  median: number;
  /** All others were faster. */
  slowest: number;
}

/** Goes on like that for a while, and asserts that no call waited for a token request. */
export async function callWhileTokensRunOut(options: RenewalAheadOptions): Promise<CallTimes> {
  const { lifetime, duration } = options;
  await using company = await startCompany({ provider: { accessTokenTtl: lifetime } });
  const { provider, gateway, browser } = company;
  await using program = await company.start();
  await Promise.all([company.signIn(), program.initialize()]);
  await program.request("ping");
  provider.intercept(async ({ grantType }) => {
    if (grantType !== "refresh_token") return undefined;
    const before = gateway.count("tools/call");
    await gateway.requested(() => gateway.count("tools/call") >= before + 2);
    return undefined;
  });
  const times: number[] = [];
  const begin = Date.now();
  await Promise.all(Array.from({ length: duration / 100 }, async (_, call) => {
    await new Promise((resolve) => setTimeout(resolve, begin + call * 100 - Date.now()));
    const called = performance.now();
    const echo = { name: "echo", arguments: { message: `${call}` } };
    const { result, error } = await program.request("tools/call", echo);
    assert.equal(error, undefined, error?.message);
    assert.deepEqual(result?.content, [{ type: "text", text: `Echo: ${call}` }]);
    times.push(performance.now() - called);
  }));
  const refreshes = provider.count("token", "refresh_token");
  const expected = duration / 1_000 / lifetime;
  assert.ok(refreshes >= Math.floor(expected), `${refreshes} refreshes`);
  assert.ok(refreshes <= Math.ceil(expected / 0.7), `${refreshes} refreshes`);
  assert.equal(gateway.refusals(), 0);
  assert.equal(browser.count(), 1);
  assert.equal(provider.count("authorization"), 1);
  assert.equal(provider.count("token", "authorization_code"), 1);
  times.sort((one, other) => one - other);
  return { median: times[Math.floor(times.length / 2)], slowest: times[times.length - 1] };
}
