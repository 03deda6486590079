import assert from "node:assert/strict";
import type { OidcClientOptions } from "../../../src/oidc/client_options.ts";
import { generateDpopKey } from "../../../src/oidc/dpop/dpop_key.ts";
import {
  type AssertionGrant,
  redeemAssertion,
} from "../../../src/oidc/exchange/redeem_assertion.ts";
import { createConnection, refusal, tokens } from "../connection.ts";
import type { Answer, Sent } from "../network.ts";
import { failure } from "../rig.ts";

async function redeem(
  changes: Partial<AssertionGrant>,
  { answer, ...options }: Partial<OidcClientOptions> & {
    answer?(sent: Sent): Answer | Promise<Answer>;
  } = {},
) {
  const { connection, network } = await createConnection(options, { answer });
  const credential = redeemAssertion(connection, {
    assertion: "jwt",
    scopes: [],
    step: "the step",
    dpopKey: undefined,
    signal: new AbortController().signal,
    ...changes,
  });
  credential.catch(() => {});
  return { credential, network };
}

const plain = {
  grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
  client_id: "client",
  assertion: "jwt",
};

Deno.test("a JWT is presented as the grant", async () => {
  const rows: [Partial<AssertionGrant>, Partial<OidcClientOptions>, object][] = [
    [{}, {}, plain],
    [
      { scopes: ["a", "b"], audience: "x", parameters: { requested_token_use: "on_behalf_of" } },
      { tokenParameters: { extra: "1" }, resource: "https://r.test" },
      {
        ...plain,
        scope: "a b",
        audience: "x",
        requested_token_use: "on_behalf_of",
        extra: "1",
        resource: "https://r.test",
      },
    ],
  ];
  for (const [changes, options, parameters] of rows) {
    const { credential, network } = await redeem(changes, options);
    assert.equal((await credential).accessToken, "new");
    assert.equal(network.sent.length, 1);
    assert.deepEqual(Object.fromEntries(network.sent[0]!.parameters), parameters);
  }
});

Deno.test("what it is redeemed for is bound to the key", async () => {
  const dpopKey = await generateDpopKey();
  const { credential, network } = await redeem({ dpopKey }, {
    answer: () => ({ ...tokens, token_type: "DPoP" }),
  });
  assert.deepEqual((await credential).dpopKey, dpopKey);
  assert.ok(network.sent[0]!.headers.has("dpop"));
});

Deno.test("a refusal is final, and what passes is not", async () => {
  const rows: [Answer, string, boolean][] = [
    [refusal("invalid_grant"), "invalid_grant", true],
    [Response.json({}, { status: 503 }), "provider_down", false],
  ];
  for (const [answer, reason, final] of rows) {
    const { credential, network } = await redeem({}, { answer: () => answer });
    const error = await failure(credential);
    assert.deepEqual([error.reason, error.final], [reason, final]);
    if (final) assert.match(error.what, /the step/);
    assert.notEqual(error.cause, undefined);
    assert.equal(network.sent.length, 1);
  }
});

Deno.test("what is advised goes by what was sent", async () => {
  const fix = async (
    code: string,
    changes: Partial<AssertionGrant> = {},
    options: Partial<OidcClientOptions> = {},
  ) =>
    (await failure((await redeem(changes, { ...options, answer: () => refusal(code) })).credential))
      .fix;
  assert.match(await fix("access_denied"), /no scope was asked for/);
  assert.match(await fix("access_denied", { scopes: ["a"] }), /^sign in again and agree/);
  assert.equal(await fix("invalid_target"), "check OIDC_RESOURCE and OIDC_AUDIENCE");
  const resource = "https://r.test";
  assert.match(await fix("invalid_target", {}, { resource }), /^set OIDC_RESOURCE=none/);
  const secret = { clientSecret: "s3cr3t" };
  assert.match(await fix("invalid_client", {}, secret), /sent by client_secret_basic/);
});

Deno.test("whoever does not want it any more is told their own reason", async () => {
  const stop = new AbortController();
  const { credential } = await redeem({ signal: stop.signal }, {
    answer() {
      stop.abort(new Error("enough"));
      return refusal("invalid_grant");
    },
  });
  await assert.rejects(credential, /^Error: enough$/);
});
