/**
 * What a device code request sends, and what its answer is taken for, without a network.
 *
 * @module
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { authorizeDevice, longestInterval } from "../../../src/oidc/flows/device_authorization.ts";
import { failure } from "../rig.ts";
import {
  type Answer,
  began,
  clientId,
  issuer,
  refusal,
  type Script,
  scriptedProvider,
} from "../scripted_provider.ts";

const good = {
  device_code: "the-device-code",
  user_code: "WDJB-MJHT",
  verification_uri: "https://auth.test/device",
  expires_in: 20,
};

async function authorize(answer: Answer | Record<string, unknown>, script: Script = {}) {
  const provider = scriptedProvider({
    ...script,
    metadata: { device_authorization_endpoint: `${issuer}/device-code`, ...script.metadata },
    answers: {
      "/device-code": typeof answer === "function" ? answer : () => Response.json(answer),
      ...script.answers,
    },
  });
  const stop = new AbortController();
  const device = authorizeDevice(await provider.connect(), stop.signal);
  device.catch(() => {});
  return { device, provider, stop };
}

Deno.test("a device code is asked for with everything that is set, and with PKCE", async () => {
  const { device, provider } = await authorize(good, {
    options: {
      scopes: ["openid", "a"],
      resource: "https://mcp.test/",
      audience: "mcp",
      authorizationParameters: { login_hint: "ada", scope: "mine" },
    },
  });
  const { codeVerifier } = await device;
  assert.match(codeVerifier, /^[\w-]{43}$/);
  const [{ form, method }] = provider.sentTo("/device-code");
  assert.equal(method, "POST");
  assert.deepEqual(Object.fromEntries(form), {
    client_id: clientId,
    login_hint: "ada",
    scope: "openid a",
    resource: "https://mcp.test/",
    audience: "mcp",
    code_challenge: createHash("sha256").update(codeVerifier).digest("base64url"),
    code_challenge_method: "S256",
  });
  const bare = await authorize(good, { options: { scopes: [] } });
  await bare.device;
  assert.deepEqual([...bare.provider.sentTo("/device-code")[0].form.keys()].sort(), [
    "client_id",
    "code_challenge",
    "code_challenge_method",
  ]);
});

Deno.test("the answer becomes a device code that any process can go on with", async () => {
  const { codeVerifier: _, ...device } = await (await authorize({
    ...good,
    verification_uri_complete: "https://auth.test/device?code=1",
    interval: 7,
  })).device;
  assert.deepEqual(device, {
    issuer: `${issuer}/`,
    clientId,
    deviceCode: "the-device-code",
    userCode: "WDJB-MJHT",
    verificationUrl: "https://auth.test/device",
    completeUrl: "https://auth.test/device?code=1",
    startedAt: began,
    expiresAt: began + 20_000,
    interval: 7_000,
  });
  assert.equal("completeUrl" in await (await authorize(good)).device, false);
});

Deno.test("what is left out, or says nothing, has a default; nothing is longer than a person waits", async () => {
  const { expires_in: _, verification_uri: page, ...rest } = good;
  const rows: [Record<string, unknown>, expiresAt: number, interval: number][] = [
    [{ ...rest, verification_uri: page }, 30_000, 5_000],
    [{ ...good, expires_in: 30 }, 30_000, 5_000],
    [{ ...good, expires_in: 31 }, 30_000, 5_000],
    [{ ...good, expires_in: 29.5 }, 29_500, 5_000],
    [{ ...good, interval: 1 }, 20_000, 1_000],
    [{ ...good, interval: 0.5 }, 20_000, 1_000],
    [{ ...good, interval: 60 }, 20_000, 60_000],
    [{ ...good, interval: 61 }, 20_000, 60_000],
    [{ ...good, interval: "3" }, 20_000, 3_000],
    [{ ...good, interval: "soon" }, 20_000, 5_000],
    [{ ...good, interval: "-1" }, 20_000, 5_000],
    [{ ...good, interval: 0 }, 20_000, 5_000],
    [{ ...good, interval: [7] }, 20_000, 5_000],
    [{ ...good, interval: true }, 20_000, 5_000],
  ];
  for (const [answer, expiresAt, interval] of rows) {
    const device = await (await authorize(answer)).device;
    assert.deepEqual(
      [device.expiresAt - began, device.interval],
      [expiresAt, interval],
      JSON.stringify(answer),
    );
  }
  assert.equal(longestInterval, 60);
});

Deno.test("the names of the drafts are read, and the final ones count where there are both", async () => {
  const { verification_uri: _, ...rest } = good;
  const drafts = {
    ...rest,
    verification_url: "https://auth.test/draft",
    verification_url_complete: "https://auth.test/draft?code=1",
  };
  const first = await (await authorize(drafts)).device;
  assert.deepEqual([first.verificationUrl, first.completeUrl], [
    "https://auth.test/draft",
    "https://auth.test/draft?code=1",
  ]);
  const both = await (await authorize({
    ...drafts,
    ...good,
    verification_uri_complete: "https://auth.test/device?code=1",
  })).device;
  assert.deepEqual([both.verificationUrl, both.completeUrl], [
    "https://auth.test/device",
    "https://auth.test/device?code=1",
  ]);
});

Deno.test("pages are shown as they are opened, and those that must not be are not", async () => {
  const complete = { verification_uri_complete: "https://auth.test/#/device?code=1" };
  const device = await (await authorize({
    ...good,
    // The first letter is Cyrillic.
    verification_uri: "https://\u0430uth.test/device#part",
    ...complete,
  })).device;
  assert.match(device.verificationUrl, /^https:\/\/xn--uth-\w+\.test\/device#part$/);
  assert.equal(device.completeUrl, complete.verification_uri_complete);
  const asked = (answer: Record<string, unknown>) => authorize({ ...good, ...answer });
  for (const name of ["verification_uri", "verification_uri_complete"]) {
    const error = await failure((await asked({ [name]: "http://auth.test/x" })).device);
    assert.equal(
      error.message,
      'Authentication error: https://auth.test names "http://auth.test/x" as the page to sign in ' +
        "at, which is not https. Fix: tell the provider's administrator.",
    );
    assert.equal(error.reason, "unsafe_endpoint");
  }
  const two = await failure((await asked({ verification_uri: "https://auth.test/#a#b" })).device);
  assert.match(two.what, /which has a fragment$/);
});

Deno.test("a provider without the flow is told of, with other ways", async () => {
  const { device, provider } = await authorize(good, {
    metadata: { device_authorization_endpoint: undefined },
  });
  const error = await failure(device);
  assert.equal(
    error.message,
    "Configuration error: https://auth.test does not know the device flow. Fix: set OIDC_FLOW to " +
      "paste and run authful-mcp-proxy login in a terminal, or to browser if there is one on this " +
      "machine.",
  );
  assert.equal(error.reason, "no_device_flow");
  assert.equal(provider.sentTo("/device-code").length, 0);
});

Deno.test("a refusal is told in its words", async () => {
  const options = { clientSecret: "secret", resource: "r" };
  const first = await authorize(refusal("invalid_client", "no", 401), { options });
  const error = await failure(first.device);
  assert.equal(
    error.what,
    "https://auth.test answered the device authorization request with invalid_client: no",
  );
  assert.match(error.fix, /sent by client_secret_basic/);
  const target = await authorize(refusal("invalid_target"), { options });
  assert.match((await failure(target.device)).fix, /^set OIDC_RESOURCE=none/);
});

Deno.test("an answer that is no device code is told of as it is", async () => {
  const json = (body: string, status = 200): Answer => () =>
    new Response(body, { status, headers: { "content-type": "application/json" } });
  for (const body of ["null", "[]", "7", "{", "<html>"]) {
    const { device } = await authorize(json(body));
    const error = await failure(device);
    assert.equal(error.reason, "invalid_response", body);
    // Nothing was added to it.
    assert.doesNotMatch(error.what, /device_code/, body);
  }
  const created = await authorize(json(JSON.stringify(good), 201));
  assert.equal((await failure(created.device)).reason, "invalid_response");
});

Deno.test("whoever ends the wait hears their own reason", async () => {
  const { device, stop } = await authorize(() => {
    stop.abort(new Error("enough"));
    return Promise.reject(new Error("cut"));
  });
  await assert.rejects(device, /enough/);
});
