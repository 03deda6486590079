import assert from "node:assert/strict";
import {
  type ExchangeOptions,
  type OidcClientOptions,
  withoutClientId,
  type WorkloadUse,
} from "../../../src/oidc/client_options.ts";
import { signInAsWorkload } from "../../../src/oidc/workload/sign_in_as_workload.ts";
import { createConnection, issuer, refusal, tokens } from "../connection.ts";
import type { Answer, Sent } from "../network.ts";
import { ProxyError } from "../../../src/base/errors.ts";
import { failure } from "../rig.ts";
import { unsignedJwt } from "../unsigned_jwt.ts";

const token = unsignedJwt({ iss: "https://platform.test", sub: "pod", aud: "a", exp: 4102444800 });

async function signIn(
  use: WorkloadUse | undefined,
  { answer, read, ...options }: Partial<OidcClientOptions> & {
    answer?(sent: Sent): Answer;
    /** Reads the JWT for the nth time. */
    read?(time: number): Promise<{ token: string; origin: string }>;
  } = {},
) {
  let times = 0;
  const { connection, network } = await createConnection({
    ...use && {
      workload: {
        use,
        readAssertion() {
          times++;
          return read?.(times) ?? Promise.resolve({ token, origin: "the file /token" });
        },
      },
    },
    ...options,
  }, { answer });
  const credential = signInAsWorkload(connection, new AbortController().signal);
  credential.catch(() => {});
  return {
    credential,
    get sent() {
      const [sent, ...more] = network.sent;
      assert.deepEqual(more, []);
      return { parameters: Object.fromEntries(sent!.parameters), headers: sent!.headers };
    },
    network,
  };
}

const exchange: ExchangeOptions = { grant: "token-exchange", audience: "tools", scopes: [] };

Deno.test("a JWT is presented as the grant, without what speaks of a person", async () => {
  const run = await signIn("grant", {
    clientId: withoutClientId,
    audience: "a",
    scopes: ["openid", "tools", "offline_access"],
  });
  assert.equal((await run.credential).accessToken, "new");
  const { parameters, headers } = run.sent;
  assert.deepEqual(parameters, {
    grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
    assertion: token,
    audience: "a",
    scope: "tools",
  });
  assert.equal(headers.has("dpop"), false);
});

Deno.test("a JWT is presented as the client's authentication", async () => {
  const run = await signIn("client");
  assert.equal((await run.credential).accessToken, "new");
  assert.deepEqual(run.sent.parameters, {
    grant_type: "client_credentials",
    client_id: "client",
    client_assertion: token,
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    scope: "tools",
  });
});

Deno.test("a JWT is presented as the subject of an exchange", async () => {
  const run = await signIn("subject", { exchange });
  assert.equal((await run.credential).accessToken, "new");
  assert.equal(run.sent.headers.has("dpop"), false);
  assert.deepEqual(run.sent.parameters, {
    grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
    client_id: "client",
    subject_token: token,
    subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
    requested_token_type: "urn:ietf:params:oauth:token-type:access_token",
    audience: "tools",
  });
});

Deno.test("for an ID-JAG the JWT counts as an ID token", async () => {
  const run = await signIn("subject", {
    exchange: {
      ...exchange,
      backend: {
        backendUrl: new URL("https://mcp.test/mcp"),
        issuerUrl: new URL("https://other.test"),
        clientId: "other",
      },
    },
    answer: ({ url }) =>
      url.origin === issuer
        ? refusal("invalid_target")
        : url.origin === "https://other.test"
        ? { issuer: url.origin, token_endpoint: `${url.origin}/token` }
        : undefined,
  });
  await failure(run.credential);
  const sent = run.network.sent.find(({ url }) => url.href === `${issuer}/token`)!;
  assert.equal(
    sent.parameters.get("subject_token_type"),
    "urn:ietf:params:oauth:token-type:id_token",
  );
});

Deno.test("tokens are bound to a key where that is set", async () => {
  for (const use of ["grant", "client", "subject"] as const) {
    const run = await signIn(use, {
      exchange,
      dpop: true,
      answer: () => ({ ...tokens, token_type: "DPoP" }),
    });
    assert.equal((await run.credential).tokenType, "DPoP");
    assert.ok(run.sent.headers.has("dpop"));
  }
});

const has = 'the JWT in the file /token has iss "https://platform.test", sub "pod", aud "a", exp ' +
  "2100-01-01T00:00:00.000Z";

Deno.test("a refusal says which JWT was refused, and is final", async () => {
  const shown = {
    grant: "the grant",
    client: "the client's authentication",
    subject: "a subject",
  };
  const about = [
    "invalid_client",
    "invalid_grant",
    "invalid_request",
    "unauthorized_client",
    "access_denied",
  ];
  for (const [use, words] of Object.entries(shown)) {
    for (const code of about) {
      const run = await signIn(use as WorkloadUse, { exchange, answer: () => refusal(code) });
      const error = await failure(run.credential);
      assert.deepEqual([error.category, error.reason, error.final], [
        "Authentication error",
        code,
        true,
      ]);
      assert.ok(error.what.endsWith(`; ${has}`), error.what);
      assert.equal(
        error.fix,
        `let ${issuer} trust that issuer and subject for this audience, or set OIDC_WORKLOAD_AS if ` +
          `it is to be presented as anything else than ${words}`,
      );
      assert.ok(error.cause instanceof ProxyError);
      assert.ok(error.what.startsWith(error.cause.what));
    }
  }
});

Deno.test("a refusal of something else is final, and of no JWT", async () => {
  for (const use of ["grant", "client", "subject"] as const) {
    const run = await signIn(use, { exchange, answer: () => refusal("invalid_scope") });
    const error = await failure(run.credential);
    assert.deepEqual([error.reason, error.final], ["invalid_scope", true]);
    assert.doesNotMatch(error.what, /the JWT/);
  }
  // Its own code, whatever is in it.
  const run = await signIn("client", { answer: () => refusal("bad_assertion_type") });
  assert.equal((await failure(run.credential)).final, true);
});

Deno.test("what passes is not final", async () => {
  const run = await signIn("client", { answer: () => Response.json({}, { status: 503 }) });
  const error = await failure(run.credential);
  assert.deepEqual([error.reason, error.final], ["provider_down", false]);
  assert.doesNotMatch(error.what, /the JWT/);
});

Deno.test("what is wrong with the JWT itself stays what it is", async () => {
  const bad = { token: "none", origin: "the file /token" };
  const run = await signIn("client", {
    read: (time) => Promise.resolve(time === 1 ? { ...bad, token } : bad),
  });
  const error = await failure(run.credential);
  assert.deepEqual([error.reason, error.final], ["assertion_unreadable", false]);
  const unreadable = await signIn("client", {
    read: (time) =>
      time === 1
        ? Promise.resolve({ ...bad, token })
        : Promise.reject(new Error("the platform is gone")),
  });
  await assert.rejects(unreadable.credential, /^Error: the platform is gone$/);
  const unset = await failure((await signIn(undefined)).credential);
  assert.equal(unset.reason, "assertion_missing");
});
