/**
 * The parameters of an authorization request, setting by setting, without a network.
 *
 * @module
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { authorizationRequest, isPushed } from "../../../src/oidc/flows/authorization_request.ts";
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

const redirectUrl = "http://localhost:8080/auth/callback";
type Wanted = Partial<Parameters<typeof authorizationRequest>[1]>;

async function request(script: Script = {}, wanted: Wanted = {}) {
  const provider = scriptedProvider(script);
  const connection = await provider.connect();
  const made = authorizationRequest(connection, {
    redirectUrl,
    expiresAt: began + 60_000,
    signal: new AbortController().signal,
    ...wanted,
  });
  made.catch(() => {});
  return { made, provider };
}

async function parametersOf(script: Script = {}, wanted: Wanted = {}) {
  const { made } = await request(script, wanted);
  const pending = await made;
  const url = new URL(pending.authorizationUrl);
  return { url, pending, parameters: Object.fromEntries(url.searchParams) };
}

Deno.test("a request has what it takes, and remembers what its answer is checked by", async () => {
  const { url, pending, parameters } = await parametersOf();
  const { state, nonce, codeVerifier, authorizationUrl, ...rest } = pending;
  assert.equal(url.origin + url.pathname, `${issuer}/auth`);
  assert.deepEqual(parameters, {
    response_type: "code",
    client_id: clientId,
    redirect_uri: redirectUrl,
    scope: "openid",
    state,
    nonce,
    code_challenge: createHash("sha256").update(codeVerifier).digest("base64url"),
    code_challenge_method: "S256",
  });
  for (const secret of [state, nonce, codeVerifier]) assert.match(secret, /^[\w-]{43}$/);
  assert.equal(authorizationUrl, url.href);
  assert.deepEqual(rest, {
    issuer: `${issuer}/`,
    redirectUrl,
    startedAt: began,
    expiresAt: began + 60_000,
  });
  const other = (await parametersOf()).pending;
  assert.equal(
    new Set([state, nonce, codeVerifier, other.state, other.nonce, other.codeVerifier])
      .size,
    6,
  );
});

Deno.test("what is set is sent, and nothing that is set replaces what protects the sign-in", async () => {
  const { parameters, pending } = await parametersOf({
    metadata: { authorization_endpoint: `${issuer}/auth?tenant=t&state=of-the-endpoint` },
    options: {
      scopes: [],
      resource: "https://mcp.test/",
      audience: "mcp",
      authorizationParameters: { state: "mine", login_hint: "ada", prompt: "login" },
    },
  });
  const { code_challenge: _, ...rest } = parameters;
  assert.deepEqual(rest, {
    tenant: "t",
    login_hint: "ada",
    prompt: "login",
    response_type: "code",
    client_id: clientId,
    redirect_uri: redirectUrl,
    state: pending.state,
    code_challenge_method: "S256",
    resource: "https://mcp.test/",
    audience: "mcp",
  });
  assert.equal(pending.nonce, "");
});

Deno.test("the prompt is what the request is for", async () => {
  const rows: [prompt: string | undefined, wanted: Wanted, sent: string | undefined][] = [
    [undefined, {}, undefined],
    [undefined, { consent: true }, "consent"],
    [undefined, { isSilent: true }, "none"],
    ["login", { consent: true }, "login consent"],
    ["login  consent", { consent: true }, "login consent"],
    ["login", { isSilent: true, consent: true }, "none"],
    ["login", { consent: false, isSilent: false }, "login"],
  ];
  for (const [prompt, wanted, sent] of rows) {
    const options = prompt === undefined ? {} : { authorizationParameters: { prompt } };
    const { parameters } = await parametersOf({ options }, wanted);
    assert.equal(parameters.prompt, sent, `${prompt} ${JSON.stringify(wanted)}`);
  }
});

Deno.test("a request that stands in for another one has the same answer", async () => {
  const first = (await parametersOf({ options: { dpop: true } })).pending;
  const { pending, parameters } = await parametersOf({ options: { dpop: true } }, {
    instead: first,
    expiresAt: began + 90_000,
  });
  assert.deepEqual([pending.state, pending.nonce, pending.codeVerifier, pending.dpopKey], [
    first.state,
    first.nonce,
    first.codeVerifier,
    first.dpopKey,
  ]);
  assert.equal(pending.expiresAt, began + 90_000);
  assert.equal(parameters.dpop_jkt, new URL(first.authorizationUrl).searchParams.get("dpop_jkt"));
});

Deno.test("a key is made and named where the tokens are to be bound to one", async () => {
  const { pending, parameters } = await parametersOf({ options: { dpop: true } });
  const { crv, kty, x, y } = pending.dpopKey!;
  assert.equal(
    parameters.dpop_jkt,
    createHash("sha256").update(JSON.stringify({ crv, kty, x, y })).digest("base64url"),
  );
  const without = await parametersOf();
  assert.deepEqual([without.pending.dpopKey, without.parameters.dpop_jkt], [undefined, undefined]);
});

Deno.test("a provider that does not say that it knows PKCE is warned of, or refused", async () => {
  const metadata = { code_challenge_methods_supported: undefined };
  const { made, provider } = await request({ metadata });
  await made;
  assert.match(provider.lines.join(""), /does not say that it knows PKCE/);
  const strict = await request({ metadata, options: { strict: true } });
  assert.equal((await failure(strict.made)).reason, "no_pkce");
});

const pushes = { pushed_authorization_request_endpoint: `${issuer}/par` };
const pushed: Answer = () =>
  Response.json({ request_uri: "urn:request:1", expires_in: 60 }, { status: 201 });

Deno.test("a pushed request shows the reference to it and nothing else", async () => {
  for (
    const script of [
      { metadata: pushes, options: { pushedAuthorization: true } },
      { metadata: { ...pushes, require_pushed_authorization_requests: true } },
    ]
  ) {
    const { made, provider } = await request({ ...script, answers: { "/par": pushed } });
    const pending = await made;
    const shown = new URL(pending.authorizationUrl).searchParams;
    assert.deepEqual(Object.fromEntries(shown), {
      client_id: clientId,
      request_uri: "urn:request:1",
    });
    assert.ok(isPushed(pending));
    const [{ form, method }] = provider.sentTo("/par");
    assert.deepEqual([method, form.get("state"), form.get("code_challenge_method")], [
      "POST",
      pending.state,
      "S256",
    ]);
    assert.equal(form.get("redirect_uri"), redirectUrl);
  }
  const plain = await request({ metadata: pushes, answers: { "/par": pushed } });
  assert.equal(isPushed(await plain.made), false);
  assert.equal(plain.provider.sentTo("/par").length, 0);
});

Deno.test("a provider without the endpoint cannot have a request pushed to it", async () => {
  const { made } = await request({ options: { pushedAuthorization: true } });
  const error = await failure(made);
  assert.equal(
    error.message,
    "Configuration error: https://auth.test has no endpoint for pushed authorization requests. " +
      "Fix: leave OIDC_PAR out.",
  );
  assert.equal(error.reason, "no_par");
});

const nonce = (status = 400): Answer => () =>
  Response.json({ error: "use_dpop_nonce" }, { status, headers: { "dpop-nonce": "n" } });

Deno.test("a pushed request is sent once more with the nonce that it lacks, and no more often", async () => {
  const options = { pushedAuthorization: true, dpop: true };
  const again = await request({
    metadata: pushes,
    options,
    answers: { "/par": [nonce(), pushed] },
  });
  assert.ok(isPushed(await again.made));
  assert.equal(again.provider.sentTo("/par").length, 2);
  assert.ok(again.provider.sentTo("/par")[0].headers.has("dpop"));
  const always = await request({ metadata: pushes, options, answers: { "/par": nonce() } });
  assert.equal((await failure(always.made)).reason, "use_dpop_nonce");
  assert.equal(always.provider.sentTo("/par").length, 2);
});

Deno.test("a push that is refused is told in its words, and sent once", async () => {
  const { made, provider } = await request({
    metadata: pushes,
    options: { pushedAuthorization: true, clientSecret: "secret", resource: "r" },
    answers: { "/par": refusal("invalid_client", "no", 401) },
  });
  const error = await failure(made);
  assert.equal(
    error.what,
    "https://auth.test answered the pushed authorization request with invalid_client: no",
  );
  assert.match(error.fix, /sent by client_secret_basic/);
  const [{ headers }, ...others] = provider.sentTo("/par");
  assert.deepEqual([headers.has("dpop"), others.length], [false, 0]);
  const target = await request({
    metadata: pushes,
    options: { pushedAuthorization: true, resource: "r" },
    answers: { "/par": refusal("invalid_target") },
  });
  assert.match((await failure(target.made)).fix, /^set OIDC_RESOURCE=none/);
});

Deno.test("whoever ends the wait for a push hears their own reason", async () => {
  const stop = new AbortController();
  const { made } = await request({
    metadata: pushes,
    options: { pushedAuthorization: true },
    answers: {
      "/par": () => {
        stop.abort(new Error("enough"));
        return Promise.reject(new Error("cut"));
      },
    },
  }, { signal: stop.signal });
  await assert.rejects(made, /enough/);
});
