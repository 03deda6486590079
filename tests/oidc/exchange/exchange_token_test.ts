import assert from "node:assert/strict";
import type { OidcClientOptions } from "../../../src/oidc/client_options.ts";
import { exchangeToken, type TokenExchange } from "../../../src/oidc/exchange/exchange_token.ts";
import { tokenTypeUri } from "../../../src/oidc/exchange/token_types.ts";
import type { Answer, Sent } from "../network.ts";
import { generateDpopKey } from "../../../src/oidc/dpop/dpop_key.ts";
import { createConnection, refusal, tokens } from "../connection.ts";
import { failure } from "../rig.ts";

async function exchange(
  changes: Partial<TokenExchange>,
  { answer, ...options }: Partial<OidcClientOptions> & {
    answer?(sent: Sent): Answer | Promise<Answer>;
  } = {},
) {
  const { connection, network } = await createConnection(options, { answer });
  const credential = exchangeToken(connection, {
    subject: { token: "subject", type: "access_token" },
    scopes: [],
    dpopKey: undefined,
    signal: new AbortController().signal,
    ...changes,
  });
  credential.catch(() => {});
  return { credential, network };
}

const plain = {
  grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
  client_id: "client",
  subject_token: "subject",
  subject_token_type: tokenTypeUri("access_token"),
  requested_token_type: tokenTypeUri("access_token"),
};

const requests: [string, Partial<TokenExchange>, Partial<OidcClientOptions>, object][] = [
  ["nothing but the token", {}, {}, plain],
  [
    "everything",
    {
      subject: { token: "id", type: "id_token" },
      audience: "a",
      resource: "https://r.test",
      scopes: ["x", "y"],
    },
    { tokenParameters: { extra: "1" } },
    {
      ...plain,
      subject_token: "id",
      subject_token_type: tokenTypeUri("id_token"),
      audience: "a",
      resource: "https://r.test",
      scope: "x y",
      extra: "1",
    },
  ],
  ["no resource of the sign-in", {}, { resource: "https://signed-in.test" }, plain],
  [
    "a type that is set for every request",
    { scopes: ["x"] },
    { tokenParameters: { subject_token_type: "urn:own", scope: "set" } },
    { ...plain, subject_token_type: "urn:own", scope: "set" },
  ],
];
for (const [name, changes, options, parameters] of requests) {
  Deno.test(`an exchange is asked for with ${name}`, async () => {
    const { credential, network } = await exchange(changes, options);
    const { accessToken, tokenType } = await credential;
    assert.deepEqual([accessToken, tokenType], ["new", "Bearer"]);
    assert.equal(network.sent.length, 1);
    assert.deepEqual(Object.fromEntries(network.sent[0]!.parameters), parameters);
  });
}

Deno.test("an ID-JAG is what is asked for, and has the type of none", async () => {
  const { credential, network } = await exchange({ requested: "id-jag" }, {
    answer: () => ({
      access_token: "jag",
      token_type: "N_A",
      issued_token_type: tokenTypeUri("id-jag"),
    }),
  });
  assert.equal((await credential).accessToken, "jag");
  assert.equal(
    network.sent[0]!.parameters.get("requested_token_type"),
    "urn:ietf:params:oauth:token-type:id-jag",
  );
});

Deno.test("another type of token than was asked for is refused", async () => {
  for (
    const [type, told] of [
      [undefined, "something that it does not name"],
      [tokenTypeUri("jwt"), '"urn:ietf:params:oauth:token-type:jwt"'],
    ]
  ) {
    const { credential } = await exchange({ requested: "id-jag" }, {
      answer: () => ({ ...tokens, token_type: "N_A", issued_token_type: type }),
    });
    const error = await failure(credential);
    assert.deepEqual(
      [error.category, error.what, error.fix, error.reason, error.final],
      [
        "Authentication error",
        `https://auth.test was asked for an id-jag and gave ${told}`,
        "ask the provider's administrator whether it can give ID-JAGs",
        "invalid_response",
        true,
      ],
    );
  }
  // For an access token the type may be left out, or be the provider's own.
  const { credential } = await exchange({}, {
    answer: () => ({ ...tokens, issued_token_type: tokenTypeUri("jwt") }),
  });
  assert.equal((await credential).accessToken, "new");
});

Deno.test("a new token is bound to the key", async () => {
  const dpopKey = await generateDpopKey();
  const { credential, network } = await exchange({ dpopKey }, {
    answer: () => ({ ...tokens, token_type: "DPoP" }),
  });
  assert.deepEqual((await credential).dpopKey, dpopKey);
  assert.ok(network.sent[0]!.headers.has("dpop"));
});

Deno.test("a refusal says what whoever administers the provider has to do", async () => {
  const { credential } = await exchange({ audience: "tools" }, {
    answer: () => refusal("invalid_target"),
  });
  const error = await failure(credential);
  assert.deepEqual([error.reason, error.final], ["invalid_target", true]);
  assert.match(error.what, /the token exchange/);
  assert.match(error.fix, /let the client client have a token for tools/);
  const fix = async (code: string, changes: Partial<TokenExchange> = {}) =>
    (await failure(
      (await exchange(changes, { clientSecret: "s3cr3t", answer: () => refusal(code) })).credential,
    )).fix;
  assert.match(await fix("invalid_scope", { scopes: ["x"] }), /exchange tokens for x,/);
  // OIDC_RESOURCE is that of a sign-in.
  const resource = await fix("whatever", { resource: "https://r.test" });
  assert.doesNotMatch(resource, /OIDC_RESOURCE/);
  assert.match(await fix("invalid_client"), /sent by client_secret_basic .*; public clients/);
});

Deno.test("whoever does not want it any more is told their own reason", async () => {
  const stop = new AbortController();
  const { credential } = await exchange({ signal: stop.signal }, {
    answer() {
      stop.abort(new Error("enough"));
      return refusal("invalid_grant");
    },
  });
  await assert.rejects(credential, /^Error: enough$/);
});
