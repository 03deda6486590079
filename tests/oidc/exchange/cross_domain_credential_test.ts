import assert from "node:assert/strict";
import type { BackendClient, ExchangeOptions } from "../../../src/oidc/client_options.ts";
import type { Derivation } from "../../../src/oidc/exchange/derivation.ts";
import { crossDomainCredential } from "../../../src/oidc/exchange/cross_domain_credential.ts";
import { deriveCredential } from "../../../src/oidc/exchange/derive_credential.ts";
import { generateDpopKey } from "../../../src/oidc/dpop/dpop_key.ts";
import { createConnection, issuer, refusal, tokens } from "../connection.ts";
import type { Answer, Sent } from "../network.ts";
import { failure } from "../rig.ts";
import { unsignedJwt } from "../unsigned_jwt.ts";

const backendUrl = new URL("https://mcp.test/mcp");
const backendIssuer = "https://other.test";

const claims = {
  iss: issuer,
  aud: backendIssuer,
  client_id: "other",
  resource: backendUrl.href,
  sub: "ada",
};

interface Company {
  /** What the ID-JAG says. */
  idJag?: Record<string, unknown> | string;
  exchange?: Partial<ExchangeOptions>;
  backend?: Partial<BackendClient>;
  derivation?: Partial<Derivation>;
  /** What the provider's metadata says besides. */
  metadata?: Record<string, unknown>;
  /** How the provider calls itself, when that is a template. */
  template?: string;
  /** What the backend's authorization server answers. */
  answer?(sent: Sent): Answer;
}

/** A provider, a backend that names an authorization server of its own, and that server. */
async function company(
  { idJag = claims, exchange, backend, derivation, metadata, template, answer = () => tokens }:
    Company = {},
) {
  const { connection, network } = await createConnection({
    exchange: {
      grant: "token-exchange",
      scopes: [],
      backend: { backendUrl, clientId: "other", ...backend },
      ...exchange,
    },
  }, {
    metadata: { subject_types_supported: ["public"], ...metadata },
    answer(sent) {
      const { origin, pathname } = sent.url;
      if (origin === issuer) {
        return {
          access_token: typeof idJag === "string" ? idJag : unsignedJwt(idJag),
          token_type: "N_A",
          issued_token_type: "urn:ietf:params:oauth:token-type:id-jag",
        };
      }
      if (origin === backendUrl.origin) {
        return pathname === "/mcp" ? new Response(null, { status: 401 }) : {
          resource: backendUrl.href,
          authorization_servers: [backendIssuer],
          scopes_supported: ["a"],
        };
      }
      return pathname === "/token" ? answer(sent) : {
        issuer: origin,
        token_endpoint: `${origin}/token`,
      };
    },
  });
  if (template) connection.server = { ...connection.server, issuer: template };
  const credential = crossDomainCredential(connection, {
    subject: { token: "id", type: "id_token" },
    claims: { sub: "ada" },
    dpopKey: undefined,
    signal: new AbortController().signal,
    ...derivation,
  });
  credential.catch(() => {});
  const sentTo = (origin: string) => {
    const sent = network.sent.find(({ url }) => url.href === `${origin}/token`);
    return sent && { ...sent, parameters: Object.fromEntries(sent.parameters) };
  };
  return { credential, connection, sentTo };
}

Deno.test("an ID-JAG for the backend's authorization server is redeemed there", async () => {
  const { credential, sentTo } = await company();
  assert.equal((await credential).accessToken, "new");
  assert.deepEqual(sentTo(issuer)!.parameters, {
    grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
    client_id: "client",
    subject_token: "id",
    subject_token_type: "urn:ietf:params:oauth:token-type:id_token",
    requested_token_type: "urn:ietf:params:oauth:token-type:id-jag",
    audience: backendIssuer,
    resource: backendUrl.href,
    scope: "a",
  });
  assert.deepEqual(sentTo(backendIssuer)!.parameters, {
    grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
    client_id: "other",
    assertion: unsignedJwt(claims),
    scope: "a",
  });
});

Deno.test("what is set comes before what the backend says", async () => {
  const { credential, sentTo } = await company({
    exchange: { audience: "its name", resource: "https://r.test", scopes: ["b"] },
    derivation: { moreScopes: ["b", "c"] },
    idJag: { ...claims, resource: "https://r.test/" },
  });
  await credential;
  const { audience, resource, scope } = sentTo(issuer)!.parameters;
  assert.deepEqual([audience, resource, scope], ["its name", "https://r.test", "b c"]);
  assert.equal(sentTo(backendIssuer)!.parameters.scope, "b c");
  const none = await company({ exchange: { resource: "none" }, idJag: { ...claims, resource: 7 } });
  await none.credential;
  assert.equal(none.sentTo(issuer)!.parameters.resource, undefined);
});

Deno.test("the token of the backend's authorization server is bound to the key, the ID-JAG is not", async () => {
  const { credential, sentTo } = await company({
    derivation: { dpopKey: await generateDpopKey() },
    answer: () => ({ ...tokens, token_type: "DPoP" }),
  });
  assert.equal((await credential).tokenType, "DPoP");
  assert.equal(sentTo(issuer)!.headers.has("dpop"), false);
  assert.equal(sentTo(backendIssuer)!.headers.has("dpop"), true);
});

const good: [string, Company][] = [
  ["with slashes at the end", {
    idJag: { ...claims, aud: `${backendIssuer}/`, resource: `${backendUrl.href}/` },
  }],
  ["with lists", { idJag: { ...claims, aud: [backendIssuer], resource: ["x", backendUrl.href] } }],
  ["that names no resource", { idJag: { ...claims, resource: undefined } }],
  ["about somebody nobody knows yet", { derivation: { claims: undefined } }],
  [
    "about another subject, where each client has its own",
    {
      idJag: { ...claims, sub: "x" },
      metadata: { subject_types_supported: ["public", "pairwise"] },
    },
  ],
  [
    "about another subject, where nothing is said of subjects",
    { idJag: { ...claims, sub: "x" }, metadata: { subject_types_supported: undefined } },
  ],
  ["of any tenant", { template: `${issuer}/{tenantid}`, idJag: { ...claims, iss: "any" } }],
  [
    "without the slash that the resource has",
    { exchange: { resource: "https://r.test/" }, idJag: { ...claims, resource: "https://r.test" } },
  ],
  ["that is encrypted", { idJag: "a.b.c.d.e" }],
];
for (const [name, given] of good) {
  Deno.test(`an ID-JAG ${name} is shown to the backend's authorization server`, async () => {
    const { credential, sentTo } = await company(given);
    assert.equal((await credential).accessToken, "new");
    assert.notEqual(sentTo(backendIssuer), undefined);
  });
}

const bad: [string, Company, string, string][] = [
  ["iss", { idJag: { ...claims, iss: "https://x.test" } }, '"https://x.test"', `"${issuer}"`],
  [
    "aud",
    { idJag: { ...claims, aud: "https://x.test" } },
    '"https://x.test"',
    `"${backendIssuer}"`,
  ],
  [
    "aud",
    { idJag: { ...claims, aud: [backendIssuer, "https://x.test"] } },
    `["${backendIssuer}","https://x.test"]`,
    `"${backendIssuer}"`,
  ],
  ["aud", { idJag: { ...claims, aud: undefined } }, "nothing", `"${backendIssuer}"`],
  ["client_id", { idJag: { ...claims, client_id: "client" } }, '"client"', '"other"'],
  [
    "resource",
    { idJag: { ...claims, resource: ["https://x.test"] } },
    '["https://x.test"]',
    `"${backendUrl.href}"`,
  ],
  ["sub", { idJag: { ...claims, sub: "eve" } }, '"eve"', '"ada"'],
  ["iss", { idJag: "a.b.c.d" }, "nothing", `"${issuer}"`],
];
for (const [name, given, is, wanted] of bad) {
  Deno.test(`an ID-JAG whose ${name} is ${is} is shown to nobody`, async () => {
    const { credential, sentTo } = await company(given);
    const error = await failure(credential);
    assert.deepEqual([error.category, error.what, error.fix, error.reason, error.final], [
      "Authentication error",
      `${issuer} gave an ID-JAG whose ${name} is ${is}, not ${wanted}: it is shown to nobody`,
      name === "client_id"
        ? `ask the administrator of ${issuer} to set the client id that this program has at ` +
          `${backendIssuer}, or correct MCP_BACKEND_CLIENT_ID`
        : `tell the administrator of ${issuer}`,
      "id_jag_mismatch",
      true,
    ]);
    assert.equal(sentTo(backendIssuer), undefined);
  });
}

Deno.test("a refusal of the backend's authorization server is told as one of that server", async () => {
  const { credential } = await company({ answer: () => refusal("invalid_grant") });
  const error = await failure(credential);
  assert.match(error.what, /^https:\/\/other\.test answered the ID-JAG with invalid_grant/);
  assert.equal(
    error.fix,
    "ask the administrator of https://other.test to trust the ID-JAGs of your provider, and your " +
      "account in them",
  );
  assert.deepEqual([error.reason, error.final], ["invalid_grant", true]);
});

Deno.test("an exchange with a backend's own authorization server goes this way", async () => {
  const { connection, sentTo } = await company();
  const credential = await deriveCredential(connection, {
    subject: { token: "id", type: "id_token" },
    dpopKey: undefined,
    signal: new AbortController().signal,
  });
  assert.equal(credential.accessToken, "new");
  assert.notEqual(sentTo(backendIssuer), undefined);
});
