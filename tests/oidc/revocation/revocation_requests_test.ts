/**
 * What is sent in order to revoke a credential, and what each answer means; without a sign-in.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Credential } from "../../../src/base/credential.ts";
import { ProxyError } from "../../../src/base/errors.ts";
import type { OidcClientOptions } from "../../../src/oidc/client_options.ts";
import {
  nothingRevoked,
  revokeCredential,
} from "../../../src/oidc/revocation/revoke_credential.ts";
import { createConnection, issuer } from "../connection.ts";
import type { Answer, Sent } from "../network.ts";

const credential: Credential = {
  issuer,
  clientId: "client",
  accessToken: "access",
  refreshToken: "refresh",
  idToken: "id",
  tokenType: "Bearer",
  obtainedAt: 0,
};

async function revoke(
  { answer = () => new Response(null), given = {}, metadata, stop, ...options }:
    & Partial<OidcClientOptions>
    & {
      answer?(sent: Sent): Answer;
      /** What the credential has instead. */
      given?: Partial<Credential>;
      metadata?: Record<string, unknown>;
      stop?: AbortController;
    } = {},
) {
  const { connection, network } = await createConnection(options, {
    answer,
    metadata: { revocation_endpoint: `${issuer}/revoke`, ...metadata },
  });
  const { signal } = stop ?? new AbortController();
  const revoked = revokeCredential(connection, { ...credential, ...given }, signal);
  revoked.catch(() => {});
  return { revoked, network };
}

const refused = (error: string, status = 400) => () => Response.json({ error }, { status });

Deno.test("nothing is revoked where nobody is asked", () => {
  assert.deepEqual(nothingRevoked(credential), { refreshToken: "kept", accessToken: "kept" });
  const { refreshToken: _, ...without } = credential;
  assert.deepEqual(nothingRevoked(without), { refreshToken: "none", accessToken: "kept" });
});

Deno.test("the refresh token is revoked before the access token, each by its name", async () => {
  const { revoked, network } = await revoke({ clientSecret: "s3cr3t" });
  assert.deepEqual(await revoked, { refreshToken: "revoked", accessToken: "revoked" });
  assert.deepEqual(
    network.sent.map(({ url, method, parameters }) => [
      url.href,
      method,
      Object.fromEntries(parameters),
    ]),
    ["refresh", "access"].map((token) => [
      `${issuer}/revoke`,
      "POST",
      { token, token_type_hint: `${token}_token` },
    ]),
  );
  for (const { headers } of network.sent) {
    assert.equal(headers.get("authorization"), `Basic ${btoa("client:s3cr3t")}`);
  }
});

Deno.test("only what there is, and what can be taken back, is revoked", async () => {
  const rows: [Partial<Credential>, object, string[]][] = [
    [{ refreshToken: undefined }, { refreshToken: "none", accessToken: "revoked" }, ["access"]],
    [{ accessToken: "id" }, { refreshToken: "revoked", accessToken: "kept" }, ["refresh"]],
    [
      { idToken: undefined },
      { refreshToken: "revoked", accessToken: "revoked" },
      ["refresh", "access"],
    ],
  ];
  for (const [given, fates, tokens] of rows) {
    const { revoked, network } = await revoke({ given });
    assert.deepEqual(await revoked, fates);
    assert.deepEqual(network.sent.map(({ parameters }) => parameters.get("token")), tokens);
  }
});

Deno.test("what an answer means for a token", async () => {
  const rows: [() => Response, "revoked" | "kept"][] = [
    [() => new Response(null, { status: 204 }), "revoked"],
    [() => Response.json({ error: "invalid_request" }), "revoked"],
    [refused("invalid_token"), "revoked"],
    [refused("invalid_grant"), "revoked"],
    [refused("unsupported_token_type"), "kept"],
  ];
  for (const [answer, fate] of rows) {
    const { revoked, network } = await revoke({ answer });
    assert.deepEqual(await revoked, { refreshToken: fate, accessToken: fate });
    assert.equal(network.sent.length, 2);
  }
});

Deno.test("the first error is told, and the other token is revoked all the same", async () => {
  const codes = ["invalid_request", "invalid_client"];
  const { revoked, network } = await revoke({
    clientSecret: "s",
    clientAuthentication: "client_secret_post",
    answer: ({ parameters }) => refused(codes[parameters.get("token") === "access" ? 1 : 0]!)(),
  });
  const { error, ...fates } = await revoked;
  assert.deepEqual(fates, { refreshToken: "kept", accessToken: "kept" });
  assert.equal(error?.reason, "invalid_request");
  assert.match(error.what, /^https:\/\/auth\.test answered the revocation request with/);
  assert.equal(network.sent.length, 2);
  const second = await revoke({
    clientSecret: "s",
    clientAuthentication: "client_secret_post",
    answer: ({ parameters }) =>
      parameters.get("token") === "access" ? refused("invalid_client")() : new Response(null),
  });
  const told = await second.revoked;
  assert.equal(told.refreshToken, "revoked");
  assert.match(told.error!.fix, /sent by client_secret_post/);
});

Deno.test("a provider that is not there is asked once", async () => {
  const { revoked, network } = await revoke({ answer: () => new Response(null, { status: 503 }) });
  const { error, ...fates } = await revoked;
  assert.deepEqual(fates, { refreshToken: "kept", accessToken: "kept" });
  assert.equal(error?.reason, "provider_down");
  assert.equal(network.sent.length, 1);
});

Deno.test("whoever does not want it any more is left alone", async () => {
  const stop = new AbortController();
  const { revoked, network } = await revoke({
    stop,
    answer() {
      stop.abort(new Error("enough"));
      return refused("invalid_request")();
    },
  });
  assert.equal((await revoked).refreshToken, "kept");
  assert.deepEqual(network.sent.map(({ signal }) => signal?.aborted), [true]);
});

Deno.test("what is no error of ours is told as one", async () => {
  const defect = new TypeError("a defect");
  const { revoked } = await revoke({
    clientAuthentication: "private_key_jwt",
    readClientKey: async () => {
      const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, [
        "sign",
        "verify",
      ]);
      return JSON.stringify(await crypto.subtle.exportKey("jwk", pair.privateKey));
    },
    answer() {
      throw defect;
    },
  });
  const { error } = await revoked;
  assert.ok(error instanceof ProxyError);
  assert.deepEqual([error.reason, error.transient], ["provider_unreachable", true]);
});

Deno.test("without an endpoint, or with one that must not be told a token, nothing is sent", async () => {
  const none = await revoke({ metadata: { revocation_endpoint: undefined } });
  assert.deepEqual(await none.revoked, { refreshToken: "kept", accessToken: "kept" });
  const unsafe = await revoke({ metadata: { revocation_endpoint: "http://x.test/" } });
  const { error, ...fates } = await unsafe.revoked;
  assert.deepEqual(fates, { refreshToken: "kept", accessToken: "kept" });
  assert.equal(error?.reason, "unsafe_endpoint");
  for (const { network } of [none, unsafe]) {
    assert.deepEqual(network.sent.filter(({ method }) => method === "POST"), []);
  }
});

Deno.test("other documents that cannot be asked are no sign of a missing endpoint", async () => {
  const { connection } = await createConnection({}, {});
  const gone = new ProxyError({
    category: "Network error",
    what: "gone",
    fix: "wait",
    reason: "provider_down",
  });
  for (const error of [gone, new TypeError("a defect")]) {
    const failing = { ...connection, lookFor: () => Promise.reject(error) };
    await assert.rejects(
      revokeCredential(failing, credential, new AbortController().signal),
      (thrown) => thrown === error,
    );
  }
});

Deno.test("clocks and requests are those of the connection", async () => {
  const told: string[] = [];
  const now = Date.UTC(2026, 10, 26);
  const { connection, network } = await createConnection({ now: () => now }, {
    metadata: { revocation_endpoint: `${issuer}/revoke` },
    answer: () => new Response(null, { headers: { date: new Date(now + 60_000).toUTCString() } }),
  });
  const log = { ...connection.options.log, info: (line: string) => void told.push(line) };
  const logging = { ...connection, options: { ...connection.options, log } };
  await revokeCredential(logging, credential, new AbortController().signal);
  assert.equal(network.sent.length, 2);
  assert.equal(told.length, 1);
  assert.match(told[0]!, /^the clock of this machine is 60 s behind that of https:\/\/auth\.test/);
});
