import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { SignJWT } from "jose";
import {
  KEY_SELECTION,
  OperationProcessingError,
  processRefreshTokenResponse,
} from "@panva/oauth4webapi";
import { checkIdToken } from "../../../src/oidc/tokens/check_id_token.ts";
import { failure } from "../rig.ts";
import {
  began,
  clientId,
  idToken,
  issuer,
  jwks,
  otherJwks,
  type Script,
  scriptedProvider,
} from "../scripted_provider.ts";

const { signal } = new AbortController();
const now = began / 1000;

/** Checks an ID token as it comes in an answer, by a connection that may have been used before. */
async function check(
  token: string | undefined,
  { script, allowUnavailableJwks = false, before, access = "access" }: {
    script?: Script;
    allowUnavailableJwks?: boolean;
    /** A token that is checked first, so that keys are remembered. */
    before?: string;
    access?: string;
  } = {},
) {
  const provider = scriptedProvider(script);
  const connection = await provider.connect();
  const one = async (id_token: string | undefined) => {
    const answer = { access_token: access, token_type: "bearer", ...id_token && { id_token } };
    const response = Response.json(answer);
    const tokens = await processRefreshTokenResponse(
      connection.server,
      connection.client,
      response,
    );
    await checkIdToken(tokens, { connection, response, signal, allowUnavailableJwks });
  };
  if (before !== undefined) await one(before);
  await one(token);
  return provider;
}

const clocks = "check the clocks of this machine and of the provider";
const network = "do not trust this network or provider before you know why";

Deno.test("an answer without an ID token is none to be checked", async () => {
  const { sentTo } = await check(undefined);
  assert.equal(sentTo("/jwks").length, 0);
});

Deno.test("an ID token of the provider is taken, to the ends of its time", async () => {
  for (
    const claims of [
      {},
      { azp: clientId },
      { exp: now + 1 },
      { exp: now - 29 },
      { iat: now + 600, exp: now + 900 },
    ]
  ) {
    const { sentTo } = await check(await idToken(claims));
    assert.equal(sentTo("/jwks").length, 1);
  }
});

Deno.test("what an ID token says must fit, and whoever reads that it does not knows what to do", async () => {
  const rows: [claims: Record<string, unknown>, what: string, fix: string, reason: string][] = [
    [{ exp: now - 30 }, "that ended at 2025-12-31T23:59:30.000Z", clocks, "id_token_time"],
    [
      { iat: 1e13, exp: 2e13 },
      "from the future (issued at 10000000000000)",
      clocks,
      "id_token_time",
    ],
    [
      { iat: now + 601, exp: now + 900 },
      "from the future (issued at 2026-01-01T00:10:01.000Z)",
      clocks,
      "id_token_time",
    ],
    [{ azp: "other" }, 'for another client (azp "other")', network, "id_token_azp"],
    [{ sub: "" }, "about nobody (its sub is empty)", network, "invalid_response"],
    [
      { at_hash: "x" },
      "that belongs to another access token (at_hash)",
      network,
      "id_token_at_hash",
    ],
  ];
  for (const [claims, what, fix, reason] of rows) {
    const error = await failure(check(await idToken(claims)));
    // Some of them the library finds, which has words of its own.
    if (!error.what.startsWith(`${issuer} gave an ID token `)) throw error;
    assert.deepEqual([error.what, error.fix, error.reason, error.category], [
      `${issuer} gave an ID token ${what}`,
      fix,
      reason,
      "Authentication error",
    ]);
  }
});

Deno.test("the times are judged by the provider's clock", async () => {
  const ahead = (seconds: number): Script => ({
    answers: {
      "/jwks": () =>
        Response.json(jwks, { headers: { date: new Date(began + 1000 * seconds).toUTCString() } }),
    },
  });
  await check(await idToken({ iat: now - 100, exp: now - 50 }), { script: ahead(-40) });
  const error = await failure(check(await idToken({ exp: now + 5 }), { script: ahead(40) }));
  assert.equal(error.reason, "id_token_time");
});

Deno.test("at_hash is the left half of the hash that the algorithm has", async () => {
  const half = (algorithm: string) => {
    const digest = createHash(algorithm).update("access").digest();
    return digest.subarray(0, digest.length / 2).toString("base64url");
  };
  await check(await idToken({ at_hash: half("sha256") }));
  for (const wrong of [half("sha512"), `${half("sha256")}=`, ""]) {
    const error = await failure(check(await idToken({ at_hash: wrong })));
    assert.equal(error.reason, "id_token_at_hash");
  }
  // One whose hash has the characters in which base64url is another than base64, and one without.
  for (const access of ["access-2", "access-3", "access-17", "access-24"]) {
    const digest = createHash("sha256").update(access).digest();
    const at_hash = digest.subarray(0, 16).toString("base64url");
    await check(await idToken({ at_hash }), { access });
  }
});

Deno.test("at_hash goes by each algorithm there is", async () => {
  const rows = {
    ES384: ["P-384", "sha384", 24],
    ES512: ["P-521", "sha512", 32],
    EdDSA: ["Ed25519", "sha512", 32],
    Ed25519: ["Ed25519", "sha512", 32],
  } as const;
  for (const [alg, [curve, hash, length]] of Object.entries(rows)) {
    const algorithm = curve === "Ed25519" ? curve : { name: "ECDSA", namedCurve: curve };
    const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]).catch(() =>
      undefined
    ) as CryptoKeyPair | undefined;
    // Deno knows no P-521 yet.
    if (!keys) continue;
    const key = { ...await crypto.subtle.exportKey("jwk", keys.publicKey), kid: "k", alg };
    delete (key as Record<string, unknown>).key_ops;
    const script: Script = {
      metadata: { id_token_signing_alg_values_supported: [alg] },
      answers: { "/jwks": () => Response.json({ keys: [key] }) },
    };
    const token = (at_hash: string) =>
      new SignJWT({ iss: issuer, sub: "ada", aud: clientId, iat: now, exp: now + 300, at_hash })
        .setProtectedHeader({ alg, kid: "k" }).sign(keys.privateKey);
    const half = createHash(hash).update("access").digest().subarray(0, length);
    await check(await token(half.toString("base64url")), { script });
    const error = await failure(check(await token("x"), { script }));
    assert.equal(error.reason, "id_token_at_hash", alg);
  }
});

const unavailable = () => new Response(null, { status: 503 });

Deno.test("keys that cannot be had at the moment are done without where that is allowed", async () => {
  const script = (): Script => ({ answers: { "/jwks": unavailable } });
  assert.equal(
    (await failure(check(await idToken(), { script: script() }))).reason,
    "provider_down",
  );
  const { lines } = await check(await idToken(), { script: script(), allowUnavailableJwks: true });
  assert.equal(lines.length, 1);
  assert.match(
    lines[0],
    /\[warn\] https:\/\/auth\.test\/jwks answered 503: the new ID token is accepted without its signature being checked, since the provider itself gave it$/m,
  );
  // What does not pass by itself is not done without, and everything else is checked all the same.
  for (
    const [jwks, id] of [[() => new Response(null, { status: 404 }), await idToken()], [
      unavailable,
      await idToken({ azp: "other" }),
    ]] as const
  ) {
    await assert.rejects(
      check(id, { script: { answers: { "/jwks": jwks } }, allowUnavailableJwks: true }),
    );
  }
});

Deno.test("keys that were remembered are asked for once more when they do not fit", async () => {
  const older = otherJwks;
  const before = await idToken({}, { kid: "another", by: "another" });
  const { sentTo } = await check(await idToken(), {
    before,
    script: { answers: { "/jwks": [() => Response.json(older), () => Response.json(jwks)] } },
  });
  assert.deepEqual(
    [sentTo("/jwks").length, sentTo("/.well-known/openid-configuration").length],
    [2, 2],
  );
  // Those that were fetched just now are not.
  let asked = 0;
  const answers = { "/jwks": () => (asked++, Response.json(jwks)) };
  const unknown = await idToken({}, { kid: "unknown" });
  await assert.rejects(check(unknown, { script: { answers } }), { code: KEY_SELECTION });
  assert.equal(asked, 1);
});

Deno.test("the place of the keys may have changed with them", async () => {
  const metadata = (jwks_uri: string) => () =>
    Response.json({
      issuer,
      authorization_endpoint: `${issuer}/auth`,
      token_endpoint: `${issuer}/token`,
      id_token_signing_alg_values_supported: ["ES256"],
      jwks_uri,
    });
  const { sent } = await check(await idToken(), {
    before: await idToken({}, { kid: "another", by: "another" }),
    script: {
      answers: {
        "/.well-known/openid-configuration": [
          metadata(`${issuer}/old-keys`),
          metadata(`${issuer}/new-keys`),
        ],
        "/old-keys": () => Response.json(otherJwks),
        "/new-keys": () => Response.json(jwks),
      },
    },
  });
  assert.equal(sent.at(-1)!.path, "/new-keys");
});

Deno.test("a signature that is wrong is wrong, with and without newer keys", async () => {
  const first = await idToken();
  const wrong = await idToken({}, { by: "another" });
  for (const again of [() => Response.json(jwks), unavailable]) {
    for (const allowUnavailableJwks of [false, true]) {
      await assert.rejects(
        check(wrong, {
          before: first,
          script: { answers: { "/jwks": [() => Response.json(jwks), again] } },
          allowUnavailableJwks,
        }),
        /signature/,
      );
    }
  }
});

Deno.test("a set of keys that is gone is told of, whatever the older ones said", async () => {
  const gone = () => new Response(null, { status: 404 });
  const wrong = await idToken({}, { by: "another" });
  const error = await check(wrong, {
    before: await idToken(),
    script: { answers: { "/jwks": [() => Response.json(jwks), gone] } },
  }).then(() => undefined, (error) => error);
  assert.ok(error instanceof OperationProcessingError);
  assert.equal((error.cause as Response).status, 404);
});

Deno.test("only what passes by itself is done without", async () => {
  const elsewhere = () =>
    new Response(null, { status: 302, headers: { location: "https://x.test" } });
  const error = await failure(check(await idToken(), {
    script: { answers: { "/jwks": elsewhere } },
    allowUnavailableJwks: true,
  }));
  assert.equal(error.reason, "provider_redirect");
});

Deno.test("the algorithm is read from a header in base64url", async () => {
  const kid = "~~~???>>>\u00ff";
  const token = await idToken({ at_hash: "x" }, { kid });
  assert.match(token.split(".")[0], /-.*_|_.*-/);
  const keys = { keys: jwks.keys.map((key) => ({ ...key, kid })) };
  const error = await failure(
    check(token, { script: { answers: { "/jwks": () => Response.json(keys) } } }),
  );
  assert.equal(error.reason, "id_token_at_hash");
});

Deno.test("an unknown key whose new set cannot be had is a matter of time", async () => {
  const first = await idToken();
  const other = await idToken({}, { kid: "another", by: "another" });
  const script = (): Script => ({
    answers: { "/jwks": [() => Response.json(jwks), unavailable] },
  });
  const error = await failure(check(other, { before: first, script: script() }));
  assert.equal(error.reason, "provider_down");
  const { lines } = await check(other, {
    before: first,
    script: script(),
    allowUnavailableJwks: true,
  });
  assert.match(lines.join(""), /without its signature being checked/);
});

Deno.test("keys at an address that must not be used are not asked for", async () => {
  const error = await failure(
    check(await idToken(), {
      script: { metadata: { jwks_uri: "http://auth.test/jwks" }, options: { scopes: [] } },
    }),
  );
  assert.equal(error.reason, "unsafe_endpoint");
});
