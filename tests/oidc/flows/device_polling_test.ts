/**
 * How the token endpoint is asked for the end of a device sign-in, without a network and without the
 * waits.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { PendingDevice } from "../../../src/base/credential.ts";
import { rememberSecret } from "../../../src/base/redactor.ts";
import type { SignInInvitation } from "../../../src/base/sign_in_invitation.ts";
import { signInByDevice } from "../../../src/oidc/flows/device_flow.ts";
import { skipWaits } from "../../support/skipped_waits.ts";
import { failure } from "../rig.ts";
import {
  type Answer,
  began,
  clientId,
  issuer,
  refusal,
  type Script,
  scriptedProvider,
  tokens,
} from "../scripted_provider.ts";

const device: PendingDevice = {
  issuer,
  clientId,
  deviceCode: "the-device-code",
  userCode: "WDJB-MJHT",
  verificationUrl: "https://auth.test/device",
  startedAt: began,
  expiresAt: began + 600_000,
  interval: 5_000,
  codeVerifier: "the-verifier",
};

async function signIn(
  answer: Answer | Answer[],
  { code = device, resumed = false, signal = new AbortController().signal, ...script }: Script & {
    code?: PendingDevice;
    resumed?: boolean;
    signal?: AbortSignal;
  } = {},
) {
  const provider = scriptedProvider({ ...script, answers: { "/token": answer } });
  const connection = await provider.connect();
  const told: (SignInInvitation | PendingDevice)[] = [];
  const skipped = skipWaits((milliseconds) => provider.clock.time += milliseconds);
  const credential = signInByDevice(connection, {
    device: code,
    resumeDevice: resumed ? code : undefined,
    onInvitation: (invitation) => void told.push(invitation),
    onDevice: (device) => Promise.resolve(void told.push(device)),
    signal,
  }).finally(() => skipped[Symbol.dispose]());
  credential.catch(() => {});
  return { credential, provider, told, waits: skipped.waits };
}

const pending = refusal("authorization_pending");
const slower = refusal("slow_down");
const down: Answer = () => new Response(null, { status: 503 });

Deno.test("the endpoint is asked by device code and verifier, each time after the interval", async () => {
  const { credential, provider, waits } = await signIn([pending, pending, tokens()], {
    options: { tokenParameters: { tenant: "t" } },
  });
  assert.equal((await credential).accessToken, "access");
  assert.deepEqual(waits, [5_000, 5_000, 5_000]);
  const sent = provider.sentTo("/token");
  assert.equal(sent.length, 3);
  for (const { form } of sent) {
    assert.deepEqual(Object.fromEntries(form), {
      grant_type: "urn:ietf:params:oauth:grant-type:device_code",
      device_code: "the-device-code",
      code_verifier: "the-verifier",
      client_id: clientId,
      tenant: "t",
    });
  }
});

Deno.test("a provider that wants it, or is in trouble, is asked less often, up to a minute", async () => {
  const { credential, waits } = await signIn([
    slower,
    pending,
    down,
    ...Array.from({ length: 11 }, () => slower),
    tokens(),
  ], { code: { ...device, interval: 4_000 } });
  await credential;
  const seconds = waits.map((milliseconds) => milliseconds / 1_000);
  assert.deepEqual(seconds, [4, 9, 9, 14, 19, 24, 29, 34, 39, 44, 49, 54, 59, 60, 60]);
});

Deno.test("nobody is asked after the code has ended", async () => {
  const { credential, provider, waits } = await signIn(pending, {
    code: { ...device, expiresAt: began + 12_000 },
  });
  const error = await failure(credential);
  assert.equal(
    error.message,
    "Authentication error: nobody entered the code before 2026-01-01T00:00:12.000Z. Fix: start " +
      "again, or raise --login-timeout.",
  );
  assert.equal(error.reason, "login_timeout");
  assert.deepEqual(waits, [5_000, 5_000, 2_000]);
  assert.equal(provider.sentTo("/token").length, 2);
  const ended = await signIn(pending, { code: { ...device, expiresAt: began - 1 } });
  assert.equal((await failure(ended.credential)).reason, "login_timeout");
  assert.deepEqual([ended.waits, ended.provider.sentTo("/token").length], [[0], 0]);
});

Deno.test("any other refusal ends it, in its words", async () => {
  const options = { clientSecret: "secret", resource: "r" };
  const { credential, provider } = await signIn([refusal("invalid_client", "no", 401), tokens()], {
    options,
  });
  const error = await failure(credential);
  assert.equal(
    error.what,
    "https://auth.test answered the device code exchange with invalid_client: no",
  );
  assert.match(error.fix, /sent by client_secret_basic/);
  assert.equal(provider.sentTo("/token").length, 1);
  const target = await signIn(refusal("invalid_target"), { options });
  assert.match((await failure(target.credential)).fix, /^set OIDC_RESOURCE=none/);
});

Deno.test("an answer that names no scope grants what was asked for", async () => {
  const scopes = { options: { scopes: ["openid", "a"] } };
  assert.equal((await (await signIn(tokens(), scopes)).credential).scope, "openid a");
  const named = await signIn(tokens({ scope: "b" }), scopes);
  assert.equal((await named.credential).scope, "b");
});

Deno.test("the tokens are bound to a key where that is wanted, the same at each question", async () => {
  const bound = tokens({ token_type: "DPoP" });
  const { credential, provider } = await signIn([pending, bound], { options: { dpop: true } });
  assert.equal((await credential).dpopKey?.crv, "P-256");
  const keys = provider.sentTo("/token").map(({ headers }) => {
    const header = headers.get("dpop")!.split(".")[0].replaceAll("-", "+").replaceAll("_", "/");
    return JSON.parse(atob(header)).jwk.x;
  });
  assert.equal(keys.length, 2);
  assert.equal(keys[0], keys[1]);
  const plain = await signIn(tokens());
  assert.equal("dpopKey" in await plain.credential, false);
});

Deno.test("the person is invited to the page without the code, and told of both", async () => {
  const complete = { ...device, completeUrl: "https://auth.test/device?code=1" };
  const { credential, provider, told } = await signIn(tokens(), { code: complete });
  await credential;
  assert.deepEqual(told, [
    { url: "https://auth.test/device", userCode: "WDJB-MJHT", expiresAt: began + 600_000 },
    complete,
  ]);
  assert.equal(provider.lines.length, 1);
  assert.match(
    provider.lines[0],
    /to sign in, open https:\/\/auth\.test\/device in a browser on any device and enter the code WDJB-MJHT, or open https:\/\/auth\.test\/device\?code=1$/m,
  );
  const without = await signIn(tokens());
  await without.credential;
  assert.match(without.provider.lines[0], /enter the code WDJB-MJHT$/m);
});

Deno.test("a code that is gone on with is not handed out again", async () => {
  const { credential, told } = await signIn(tokens(), { resumed: true });
  await credential;
  assert.deepEqual(told.map((each) => "url" in each), [true]);
});

Deno.test("what the person is shown is bounded, and has no secret in it", async () => {
  rememberSecret("secret-in-a-page");
  const page = (length: number) => {
    const start = "https://auth.test/secret-in-a-page/";
    return start + "x".repeat(length - start.length);
  };
  const long = await signIn(tokens(), {
    code: {
      ...device,
      verificationUrl: page(2_000),
      completeUrl: `https://auth.test/${"z".repeat(2_000)}`,
      userCode: "c".repeat(101),
    },
  });
  await long.credential;
  const [{ url, userCode }] = long.told as [SignInInvitation];
  assert.match(url, /^https:\/\/auth\.test\/\[redacted\]\/x+$/);
  assert.equal(userCode, `${"c".repeat(100)}…`);
  assert.match(
    long.provider.lines[0],
    /enter the code c{100}…, or open https:\/\/auth\.test\/z{1982}…$/m,
  );
  const longer = await signIn(tokens(), { code: { ...device, verificationUrl: page(2_001) } });
  await longer.credential;
  assert.deepEqual(longer.told.map((each) => "url" in each), [false], "nobody could open it");
  const plain = "https://auth.test/".padEnd(2_001, "y");
  const cut = await signIn(tokens(), { code: { ...device, verificationUrl: plain } });
  await cut.credential;
  assert.match(cut.provider.lines[0], / https:\/\/auth\.test\/y{1982}… in a browser/);
});

Deno.test("whoever ends it while it waits hears their own reason, and nobody is asked", async () => {
  const stop = new AbortController();
  stop.abort(new Error("enough"));
  const { credential, provider } = await signIn(tokens(), { signal: stop.signal });
  await assert.rejects(credential, /enough/);
  assert.equal(provider.sentTo("/token").length, 0);
});

Deno.test("an answer that is on its way when it is ended is still heard", async () => {
  const stop = new AbortController();
  const { credential } = await signIn((sent) => {
    stop.abort(new Error("enough"));
    return tokens()(sent);
  }, { signal: stop.signal });
  assert.equal((await credential).accessToken, "access");
});

Deno.test("no answer is waited for longer than 0.8 s by then", async () => {
  const stop = new AbortController();
  const { credential, waits } = await signIn(() => {
    stop.abort(new Error("enough"));
    return new Promise<Response>(() => {});
  }, { signal: stop.signal });
  await assert.rejects(credential, /enough/);
  assert.deepEqual(waits, [5_000, 800]);
});
