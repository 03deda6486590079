/**
 * Which way to sign in is taken, what is said of it, and which one comes next when it leads nowhere.
 *
 * @module
 */
import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import type { PendingAuthorization, PendingDevice } from "../../../src/base/credential.ts";
import { ProxyError } from "../../../src/base/errors.ts";
import type { OidcClientOptions, SignInOptions } from "../../../src/oidc/client_options.ts";
import { signInByFlow } from "../../../src/oidc/flows/sign_in_by_flow.ts";
import { holdWaits } from "../../support/held_waits.ts";
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

const device = { device_authorization_endpoint: `${issuer}/device-code` };
const code: Answer = () =>
  Response.json({
    device_code: "the-device-code",
    user_code: "WDJB-MJHT",
    verification_uri: "https://auth.test/device",
    expires_in: 600,
  });
const closed = () =>
  Promise.reject(
    new ProxyError({
      category: "System error",
      what: "the browser did not start",
      fix: "f",
      reason: "browser_failed",
    }),
  );

/** Signs in, by a terminal at which the right answer is pasted where there is one. */
async function signIn(
  { terminal = false, signIn = {}, options, ...script }: Script & {
    terminal?: boolean;
    signIn?: Partial<SignInOptions>;
    options?: Partial<OidcClientOptions>;
  } = {},
) {
  const offers: PendingAuthorization[] = [];
  const provider = scriptedProvider({
    ...script,
    answers: { "/token": tokens({ refresh_token: "r" }), "/device-code": code, ...script.answers },
    options: {
      scopes: [],
      ...terminal && {
        openTerminal: () =>
          Promise.resolve({
            readLine: () => Promise.resolve(`code=c&state=${offers.at(-1)!.state}`),
          }),
      },
      ...options,
    },
  });
  const connection = await provider.connect();
  const credential = signInByFlow(connection, {
    signal: new AbortController().signal,
    onPending: (pending) => Promise.resolve(void offers.push(pending)),
    ...signIn,
  });
  credential.catch(() => {});
  /** What was logged, without what the flows themselves say. */
  const said = () =>
    provider.lines.map((line) => line.replace(/^.*?\[\w+\] /, "").trim())
      .filter((line) =>
        !/^(?:signed in|open this URL|then paste|opening the|to sign in,)/.test(line)
      );
  const grants = () => provider.sentTo("/token").map(({ form }) => form.get("grant_type"));
  return { credential, provider, offers, said, grants };
}

const byCode = ["authorization_code"];
const byDevice = ["urn:ietf:params:oauth:grant-type:device_code"];

Deno.test("each flow is the one that its name says", async () => {
  using _skipped = skipWaits();
  const client = await signIn({ options: { flow: "client-credentials", clientSecret: "s" } });
  await client.credential;
  assert.deepEqual(client.grants(), ["client_credentials"]);
  const workload = await signIn({
    options: {
      flow: "workload",
      workload: {
        use: "grant",
        readAssertion: () =>
          Promise.resolve({ token: `e30.${btoa('{"exp":9999999999}')}.c2ln`, origin: "the test" }),
      },
    },
  });
  await workload.credential;
  assert.deepEqual(workload.grants(), ["urn:ietf:params:oauth:grant-type:jwt-bearer"]);
  const byCodeOfDevice = await signIn({ options: { flow: "device" }, metadata: device });
  await byCodeOfDevice.credential;
  assert.deepEqual(byCodeOfDevice.grants(), byDevice);
  const paste = await signIn({ options: { flow: "paste" }, terminal: true });
  await paste.credential;
  assert.deepEqual([paste.grants(), paste.said()], [byCode, []]);
  for (const openTerminal of [undefined, () => Promise.resolve(undefined)]) {
    const without = await signIn({ options: { flow: "paste", openTerminal } });
    assert.equal((await failure(without.credential)).reason, "no_terminal");
  }
});

Deno.test("the flow of the browser takes no other way", async () => {
  const stop = new AbortController();
  const opened: string[] = [];
  const run = await signIn({
    metadata: device,
    terminal: true,
    options: {
      flow: "browser",
      browserObstacle: () => Promise.resolve("there is none"),
      openBrowser: (url) => {
        opened.push(url.href);
        return closed();
      },
    },
    signIn: { signal: stop.signal, onInvitation: () => queueMicrotask(() => {}) },
  });
  const patience = AbortSignal.timeout(20);
  while (opened.length === 0 && !patience.aborted) await setImmediate();
  assert.equal(opened.length, 1);
  stop.abort(new Error("enough"));
  await assert.rejects(run.credential, /enough/);
  assert.deepEqual(run.grants(), []);
});

Deno.test("without a browser the answer is pasted, or the address printed", async () => {
  const pasted = await signIn({ terminal: true });
  await pasted.credential;
  assert.deepEqual(pasted.said(), [
    "signing in by a pasted URL, because opening a browser is switched off",
  ]);
  const obstacle = {
    openBrowser: () => Promise.resolve(),
    browserObstacle: () => Promise.resolve("there is no screen"),
  };
  const obstructed = await signIn({ terminal: true, options: obstacle });
  await obstructed.credential;
  assert.deepEqual(obstructed.said(), [
    "signing in by a pasted URL, because there is no screen",
  ]);
  const elsewhere =
    "run authful-mcp-proxy login in a terminal of this machine, where the answer of " +
    "a browser on any machine can be pasted";
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  for (
    const [redirectUrl, forward] of [
      [`http://127.0.0.1:${port}/back`, `, or forward the port (ssh -L ${port}:127.0.0.1:${port})`],
      ["http://127.0.0.1:0/back", ""],
    ]
  ) {
    using held = await holdWaits();
    const printed = await signIn({
      options: { ...obstacle, redirectUrls: [new URL(redirectUrl)] },
    });
    const late = failure(printed.credential);
    while (printed.offers.length === 0) await setImmediate();
    held.release();
    const error = await late;
    assert.deepEqual(printed.said(), [
      "signing in by a printed URL, because there is no screen",
      `the browser must reach ${new URL(redirectUrl).origin} of this machine: if yours is on ` +
      `another one, ${elsewhere}${forward}`,
    ]);
    assert.equal(
      error.what,
      "nobody signed in within 30 s; no browser was opened, because there is no screen",
    );
    assert.ok(
      error.fix.startsWith(`${elsewhere}${forward}; start again, or raise --login-timeout`),
    );
    assert.deepEqual([error.category, error.reason], ["Authentication error", "login_timeout"]);
  }
  const stop = new AbortController();
  const ended = await signIn({ signIn: { signal: stop.signal } });
  stop.abort(new ProxyError({ category: "Network error", what: "w", fix: "f", reason: "other" }));
  assert.equal((await failure(ended.credential)).what, "w");
});

Deno.test("a browser that does not start leads to the terminal or to the device flow", async () => {
  using _skipped = skipWaits();
  const pasted = await signIn({ terminal: true, options: { openBrowser: closed } });
  await pasted.credential;
  assert.deepEqual(pasted.said(), [
    "signing in by a pasted URL, because the browser did not start",
  ]);
  const byCodeOfDevice = await signIn({ options: { openBrowser: closed }, metadata: device });
  await byCodeOfDevice.credential;
  assert.deepEqual([byCodeOfDevice.said(), byCodeOfDevice.grants()], [
    ["signing in by device code, because the browser did not start"],
    byDevice,
  ]);
  const other = await signIn({
    terminal: true,
    options: {
      openBrowser: () =>
        Promise.reject(
          new ProxyError({ category: "System error", what: "w", fix: "f", reason: "other" }),
        ),
    },
  });
  assert.equal((await failure(other.credential)).what, "w");
});

const screenless = {
  openBrowser: () => Promise.resolve(),
  browserObstacle: () => Promise.resolve("there is no screen"),
};

Deno.test("a device flow that this client may not use is gone on without", async () => {
  using _skipped = skipWaits();
  const first = "signing in by device code, because there is no screen";
  const last = "signing in by a pasted URL, because there is no screen";
  const refusals: [Answer, string][] = [
    [refusal("invalid_client", "no", 401), "invalid_client: no"],
    [refusal("of_its_own"), "of_its_own"],
  ];
  for (const [answer, words] of refusals) {
    const run = await signIn({
      terminal: true,
      metadata: device,
      options: screenless,
      answers: { "/device-code": answer },
    });
    await run.credential;
    assert.deepEqual(run.said(), [
      first,
      `https://auth.test answered the device authorization request with ${words}: going on without ` +
      "the device flow",
      last,
    ]);
  }
  for (const error of ["unauthorized_client", "unsupported_grant_type", "invalid_request"]) {
    const answers = [refusal(error), tokens({ refresh_token: "r" })];
    const run = await signIn({
      terminal: true,
      metadata: device,
      options: screenless,
      answers: { "/token": answers },
    });
    await run.credential;
    assert.deepEqual(run.said(), [
      first,
      `https://auth.test answered the device code exchange with ${error}: going on without the ` +
      "device flow",
      last,
    ]);
  }
  const none = await signIn({ terminal: true, options: screenless });
  await none.credential;
  assert.deepEqual(none.said(), [last]);
});

Deno.test("what is no refusal of the device flow ends the sign-in", async () => {
  using _skipped = skipWaits();
  const rows: [Script["answers"], reason: string][] = [
    [{ "/device-code": () => new Response(null, { status: 503 }) }, "provider_down"],
    [{
      "/device-code": () =>
        Promise.reject(new TypeError("x", { cause: new Error("received fatal alert: UnknownCA") })),
    }, "client_certificate_refused"],
    [{
      "/device-code": () =>
        Response.json({
          device_code: "d",
          user_code: "u",
          verification_uri: "http://auth.test/x",
          expires_in: 1,
        }),
    }, "unsafe_endpoint"],
    [{ "/token": refusal("access_denied") }, "access_denied"],
    [{ "/token": refusal("expired_token") }, "expired_token"],
  ];
  for (const [answers, reason] of rows) {
    const run = await signIn({ terminal: true, metadata: device, options: screenless, answers });
    assert.equal((await failure(run.credential)).reason, reason);
    assert.equal(run.said().some((line) => line.includes("pasted")), false);
  }
});

Deno.test("a document that cannot be had now is no reason to end what goes on without", async () => {
  const run = await signIn({
    terminal: true,
    options: screenless,
    answers: {
      "/.well-known/oauth-authorization-server": () => new Response(null, { status: 503 }),
    },
  });
  await run.credential;
  assert.deepEqual(run.said(), [
    "https://auth.test/.well-known/oauth-authorization-server answered 503: going on without the " +
    "device flow",
    "signing in by a pasted URL, because there is no screen",
  ]);
  const stop = new AbortController();
  const ended = await signIn({
    terminal: true,
    options: screenless,
    answers: {
      "/.well-known/oauth-authorization-server": () => {
        stop.abort(new Error("enough"));
        return new Response(null, { status: 503 });
      },
    },
    signIn: { signal: stop.signal },
  });
  await assert.rejects(ended.credential, /^Error: enough$/);
  assert.deepEqual(ended.said(), []);
});

Deno.test("a device code is gone on with by the client that it was given to", async () => {
  using _skipped = skipWaits();
  const resumeDevice: PendingDevice = {
    issuer,
    clientId,
    deviceCode: "resumed",
    userCode: "u",
    verificationUrl: "https://auth.test/device",
    startedAt: began,
    expiresAt: began + 600_000,
    interval: 5_000,
    codeVerifier: "v",
  };
  const own = await signIn({ terminal: true, signIn: { resumeDevice } });
  await own.credential;
  assert.equal(own.provider.sentTo("/token")[0].form.get("device_code"), "resumed");
  const other = await signIn({
    terminal: true,
    signIn: { resumeDevice: { ...resumeDevice, clientId: "other" } },
  });
  await other.credential;
  assert.deepEqual(other.grants(), byCode);
});

Deno.test("a tab that is open already leads back, whatever would be chosen now", async () => {
  const first = await signIn({ terminal: true, options: { flow: "paste" } });
  await first.credential;
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const redirectUrl = `http://127.0.0.1:${listener.addr.port}/auth/callback`;
  listener.close();
  const resume = { ...first.offers[0], redirectUrl };
  const run = await signIn({ options: { flow: "client-credentials" }, signIn: { resume } });
  const lines = () => run.provider.lines.join("");
  while (!lines().includes("waiting for a sign-in")) await setImmediate();
  const page = await fetch(`${redirectUrl}?code=c&state=${resume.state}`);
  assert.match(await page.text(), /You are signed in/);
  await run.credential;
  assert.deepEqual(run.grants(), byCode);
});

Deno.test("what was not granted is named, and how to have to sign in less often", async () => {
  const hints = async (
    script: Parameters<typeof signIn>[0] & { token?: Record<string, unknown> },
  ) => {
    const run = await signIn({
      terminal: true,
      ...script,
      answers: { "/token": tokens(script?.token) },
      options: { flow: "paste", ...script?.options },
    });
    await run.credential;
    return run.said();
  };
  const refreshed = { refresh_token: "r" };
  const denied = "the provider did not grant a b: see whether this client may have it";
  assert.deepEqual(
    await hints({
      token: { ...refreshed, scope: "c" },
      options: { scopes: ["a", "c", "b", "profile", "offline_access"] },
    }),
    [denied],
  );
  assert.deepEqual(
    await hints({ token: { ...refreshed, scope: "c b" }, options: { scopes: ["a", "c", "b"] } }),
    ["the provider did not grant a: see whether this client may have it"],
  );
  assert.deepEqual(await hints({ token: refreshed, options: { scopes: ["a"] } }), []);
  assert.deepEqual(await hints({ token: refreshed }), []);
  const due =
    "the provider gave no refresh token, so the next sign-in is due when the access token " +
    "ends: ";
  const offline = { scopes_supported: ["offline_access"] };
  const rows: [Parameters<typeof signIn>[0], string][] = [
    [{ metadata: offline }, "add offline_access to OIDC_SCOPES"],
    [
      { metadata: offline, options: { scopes: ["offline_access"] } },
      "offline_access was asked for, so see whether this client may have refresh tokens",
    ],
    [
      { metadata: { grant_types_supported: ["authorization_code"] } },
      "its metadata knows no refresh tokens",
    ],
    [
      { metadata: { scopes_supported: ["a"], grant_types_supported: ["refresh_token"] } },
      "allow this client the refresh_token grant there, or, where only clients with a secret get " +
      "one, give it a secret and set OIDC_CLIENT_SECRET",
    ],
    [{ options: { clientSecret: "s" } }, "allow this client the refresh_token grant there"],
  ];
  for (const [script, advice] of rows) assert.deepEqual(await hints(script!), [due + advice]);
});
