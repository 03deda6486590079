/**
 * What an OIDC client asks its provider before it does what it is told, without a network.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Credential, PendingAuthorization, PendingDevice } from "../../src/base/credential.ts";
import type { FlowName } from "../../src/oidc/client_options.ts";
import { createOidcClient } from "../../src/oidc/oidc_client.ts";
import { skipWaits } from "../support/skipped_waits.ts";
import { until } from "../support/until.ts";
import { failure } from "./rig.ts";
import {
  type Answer,
  began,
  clientId,
  issuer,
  refusal,
  type Script,
  scriptedProvider,
  tokens,
} from "./scripted_provider.ts";

const { signal } = new AbortController();
const discovery = "/.well-known/openid-configuration";
const oauth = "/.well-known/oauth-authorization-server";
const endpoints = {
  issuer,
  authorization_endpoint: `${issuer}/auth`,
  token_endpoint: `${issuer}/token`,
  jwks_uri: `${issuer}/jwks`,
};
const json = (members: Record<string, unknown>): Answer => () => Response.json(members);

const old: Credential = {
  issuer: `${issuer}/`,
  clientId,
  accessToken: "old",
  tokenType: "Bearer",
  obtainedAt: began,
  refreshToken: "old-refresh",
};

/** A client that signs in by a terminal at which the right answer is pasted. */
function client({ answers, options, ...script }: Script = {}) {
  const offers: PendingAuthorization[] = [];
  const provider = scriptedProvider({
    ...script,
    answers: {
      "/token": tokens({ refresh_token: "r" }),
      "/device-code": () =>
        Response.json({
          device_code: "d",
          user_code: "u",
          verification_uri: "https://auth.test/device",
          expires_in: 600,
        }),
      ...answers,
    },
    options: {
      scopes: [],
      flow: "paste",
      openTerminal: () =>
        Promise.resolve({
          readLine: () => Promise.resolve(`code=c&state=${offers.at(-1)!.state}`),
        }),
      ...options,
    },
  });
  const made = createOidcClient(provider.options);
  return {
    client: made,
    provider,
    offers,
    discoveries: () => provider.sentTo(discovery).length,
    signIn: (more: { resume?: PendingAuthorization; resumeDevice?: PendingDevice } = {}) =>
      made.signIn({
        signal,
        onPending: (pending) => Promise.resolve(void offers.push(pending)),
        ...more,
      }),
  };
}

Deno.test("a client is unattended by its flow, and asks nobody before it is told to", () => {
  const rows: [FlowName | undefined, boolean][] = [
    ["client-credentials", true],
    ["workload", true],
    ["device", false],
    [undefined, false],
  ];
  for (const [flow, unattended] of rows) {
    const { client: made, provider } = client({ options: { flow } });
    assert.equal(made.unattended, unattended);
    assert.equal(provider.sent.length, 0);
  }
});

Deno.test("no tab opens before the provider has shown that it is there, each time", async () => {
  const run = client();
  await run.signIn();
  await run.signIn();
  assert.equal(run.discoveries(), 2, "in the very same millisecond");
});

Deno.test("who opens no tab asks for metadata that is older than a minute", async () => {
  using _skipped = skipWaits();
  for (const flow of ["client-credentials", "device"] as const) {
    const run = client({
      metadata: { device_authorization_endpoint: `${issuer}/device-code` },
      options: { flow, clientSecret: "s" },
    });
    await run.signIn();
    run.provider.clock.time += 60_000;
    await run.signIn();
    assert.equal(run.discoveries(), 1, flow);
    run.provider.clock.time += 1;
    await run.signIn();
    assert.equal(run.discoveries(), 2, flow);
  }
});

Deno.test("what was begun is finished with what was known then, for a day", async () => {
  using _skipped = skipWaits();
  const resumeDevice = {
    issuer,
    clientId,
    deviceCode: "resumed",
    userCode: "u",
    verificationUrl: "https://auth.test/device",
    startedAt: began,
    expiresAt: began + 7 * 86_400_000,
    interval: 1_000,
    codeVerifier: "v",
  };
  const run = client();
  await run.client.prepareToResume(signal);
  assert.equal(run.discoveries(), 1);
  run.provider.clock.time += 86_400_000;
  await run.signIn({ resumeDevice });
  assert.equal(run.discoveries(), 1);
  run.provider.clock.time += 1;
  await run.signIn({ resumeDevice });
  assert.equal(run.discoveries(), 2);
  await run.client.prepareToResume(signal);
  assert.equal(run.discoveries(), 2);
  const [resume] = await run.signIn().then(() => run.offers);
  assert.equal(run.discoveries(), 3);
  const stop = new AbortController();
  const waiting = run.client.signIn({
    resume: { ...resume, expiresAt: began + 7 * 86_400_000 },
    signal: stop.signal,
  });
  await until(
    () => run.provider.lines.join("").includes("waiting for"),
    "the wait for the browser",
  );
  stop.abort(new Error("enough"));
  await assert.rejects(waiting, /enough/);
  assert.equal(run.discoveries(), 3);
});

Deno.test("a renewal asks for no metadata that is of today", async () => {
  const run = client();
  await run.client.refresh(old, signal);
  run.provider.clock.time += 86_400_000;
  await run.client.refresh(old, signal);
  assert.equal(run.discoveries(), 1);
  run.provider.clock.time += 1;
  await run.client.refresh(old, signal);
  assert.equal(run.discoveries(), 2);
});

Deno.test("a step-up is asked for besides what is set, until another one takes its place", async () => {
  const run = client({
    options: { scopes: ["a"], authorizationParameters: { login_hint: "ada" } },
  });
  const parameters = async () => {
    await run.signIn();
    const { searchParams } = new URL(run.offers.at(-1)!.authorizationUrl);
    return ["scope", "acr_values", "max_age", "login_hint"].map((name) => searchParams.get(name));
  };
  assert.deepEqual(await parameters(), ["a", null, null, "ada"]);
  run.client.setStepUp({ scopes: ["b", "a"], acrValues: "high", maxAge: 0 });
  assert.deepEqual(await parameters(), ["a b", "high", "0", "ada"]);
  run.client.setStepUp({ scopes: ["c"] });
  assert.deepEqual(await parameters(), ["a c", null, null, "ada"]);
  run.client.setStepUp({ scopes: [] });
  assert.deepEqual(await parameters(), ["a", null, null, "ada"]);
});

Deno.test("the same step-up again changes nothing, and another one begins anew", async () => {
  const run = client({ options: { flow: "client-credentials", clientSecret: "s" } });
  run.client.setStepUp({ scopes: [] });
  await run.signIn();
  run.client.setStepUp({ scopes: [] });
  await run.signIn();
  assert.equal(run.discoveries(), 1);
  run.client.setStepUp({ scopes: ["b"] });
  await run.signIn();
  run.client.setStepUp({ scopes: ["b"] });
  await run.signIn();
  assert.equal(run.discoveries(), 2);
});

Deno.test("a secret that a file has is read again before it is used", async () => {
  const secrets: (string | undefined)[] = ["one", "one", "two", undefined];
  const run = client({
    options: {
      flow: "client-credentials",
      clientSecret: "zero",
      readClientSecret: () => Promise.resolve(secrets.shift()),
    },
  });
  for (let count = 0; count < 4; count++) await run.signIn();
  const sent = run.provider.sentTo("/token")
    .map(({ headers }) => atob(headers.get("authorization")!.split(" ")[1]));
  assert.deepEqual(sent, ["client:one", "client:one", "client:two", "client:two"]);
  assert.equal(run.discoveries(), 2);
});

Deno.test("a renewal that fails is tried at another endpoint, when there is one now", async () => {
  const moved = { ...endpoints, token_endpoint: `${issuer}/moved` };
  const elsewhere: Answer = () =>
    new Response(null, { status: 307, headers: { location: "https://other.test/" } });
  const rows: [answer: Answer, second: Record<string, unknown> | undefined, isRetried: boolean][] =
    [
      [() => new Response("gone", { status: 404 }), moved, true],
      [elsewhere, moved, true],
      [() => Promise.reject(new TypeError("cut")), moved, true],
      [() => new Response("no", { status: 400 }), moved, true],
      [() => new Response("gone", { status: 404 }), endpoints, false],
      [() => new Response("gone", { status: 404 }), undefined, false],
      [refusal("invalid_grant"), moved, false],
      [() => new Response(null, { status: 503 }), moved, false],
      [() => Response.json({ access_token: "a b" }), moved, false],
      [() => Response.json({ refresh_token: "next" }), moved, false],
    ];
  for (const [answer, second, isRetried] of rows) {
    const run = client({
      answers: {
        [discovery]: [
          json(endpoints),
          second ? json(second) : () => new Response(null, { status: 503 }),
        ],
        "/token": answer,
        "/moved": tokens({ refresh_token: "moved" }),
      },
    });
    const renewed = run.client.refresh(old, signal);
    if (isRetried) assert.equal((await renewed).refreshToken, "moved");
    else await failure(renewed);
    assert.deepEqual(
      [run.provider.sentTo("/token").length, run.provider.sentTo("/moved").length],
      [1, isRetried ? 1 : 0],
    );
  }
  // What cannot be asked is no reason to tell anything else than what was answered.
  const away = client({
    answers: {
      [discovery]: [json(endpoints), () => new Response(null, { status: 503 })],
      "/token": () => new Response("gone", { status: 404 }),
    },
  });
  assert.match(
    (await failure(away.client.refresh(old, signal))).what,
    /with HTTP 404 and no error/,
  );
  const { refreshToken: _, ...without } = old;
  const run = client();
  assert.equal((await failure(run.client.refresh(without, signal))).reason, "no_refresh_token");
  assert.equal(run.discoveries(), 1);
});

Deno.test("the metadata is asked for now, with every endpoint that another document has", async () => {
  const run = client({
    answers: {
      [discovery]: json(endpoints),
      [oauth]: json({
        ...endpoints,
        device_authorization_endpoint: `${issuer}/d`,
        registration_endpoint: `${issuer}/r`,
        revocation_endpoint: `${issuer}/v`,
      }),
    },
  });
  const metadata = await run.client.metadata(signal);
  assert.deepEqual(
    [
      metadata.device_authorization_endpoint,
      metadata.registration_endpoint,
      metadata.revocation_endpoint,
    ],
    [`${issuer}/d`, `${issuer}/r`, `${issuer}/v`],
  );
  run.provider.clock.time += 1;
  await run.client.metadata(signal);
  assert.equal(run.discoveries(), 2);
  const last = client({
    answers: {
      [discovery]: json({
        ...endpoints,
        device_authorization_endpoint: `${issuer}/d`,
        registration_endpoint: `${issuer}/r`,
      }),
      [oauth]: json({ ...endpoints, revocation_endpoint: `${issuer}/v` }),
    },
  });
  assert.equal((await last.client.metadata(signal)).revocation_endpoint, `${issuer}/v`);
});

Deno.test("the first document is worth something without the other one", async () => {
  const run = client({ answers: { [oauth]: () => new Response(null, { status: 503 }) } });
  assert.equal((await run.client.metadata(signal)).token_endpoint, `${issuer}/token`);
  const stop = new AbortController();
  const ended = client({
    answers: {
      [oauth]: () => {
        stop.abort(new Error("enough"));
        return new Response(null, { status: 503 });
      },
    },
  });
  await assert.rejects(ended.client.metadata(stop.signal), /^Error: enough$/);
});

Deno.test("every endpoint that may be looked for is, though one must not be used", async () => {
  const run = client({
    answers: {
      [discovery]: json({ ...endpoints, device_authorization_endpoint: "http://auth.test/d" }),
      [oauth]: json({ ...endpoints, revocation_endpoint: `${issuer}/v` }),
    },
  });
  const metadata = await run.client.metadata(signal);
  assert.equal(metadata.revocation_endpoint, `${issuer}/v`);
  const refused = await run.client.refusedEndpoints(signal);
  assert.equal(refused.length, 1);
  assert.match(refused[0], /device_authorization_endpoint/);
  assert.equal(run.discoveries(), 1, "what was asked for a moment ago is known");
  run.provider.clock.time += 60_001;
  await run.client.refusedEndpoints(signal);
  assert.equal(run.discoveries(), 2);
});

Deno.test("whether the client is known is asked of metadata of the last minute", async () => {
  const redirectUrl = "http://127.0.0.1:8080/auth/callback";
  const run = client({
    answers: {
      "/auth": () => new Response(null, { status: 302, headers: { location: redirectUrl } }),
    },
  });
  for (const [later, discoveries] of [[0, 1], [60_000, 1], [1, 2]]) {
    run.provider.clock.time += later;
    assert.deepEqual(await run.client.askSilently({ redirectUrl, signal }), { kind: "known" });
    assert.equal(run.discoveries(), discoveries);
  }
});

Deno.test("a credential is revoked at the provider", async () => {
  const run = client({
    metadata: { revocation_endpoint: `${issuer}/revoke` },
    answers: { "/revoke": () => new Response(null, { status: 200 }) },
  });
  await run.client.revoke(old, signal);
  run.provider.clock.time += 86_400_000;
  await run.client.revoke(old, signal);
  assert.equal(run.discoveries(), 1);
  assert.ok(run.provider.sentTo("/revoke").some(({ form }) => form.get("token") === "old-refresh"));
});

Deno.test("a workload's JWT is described, with where it is", async () => {
  const run = client({
    options: {
      flow: "workload",
      workload: {
        use: "grant",
        readAssertion: () =>
          Promise.resolve({
            token: `e30.${btoa('{"exp":9999999999,"sub":"the-workload"}')}.c2ln`,
            origin: "the test",
          }),
      },
    },
  });
  const { origin, described } = await run.client.describeAssertion(signal);
  assert.equal(origin, "the test");
  assert.match(described, /the-workload/);
});
