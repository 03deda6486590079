import assert from "node:assert/strict";
import type { Access } from "../../src/app/access.ts";
import { createBackendAuthorizer } from "../../src/app/backend_authorizer.ts";
import type { Credential } from "../../src/base/credential.ts";
import type { ProxyError } from "../../src/base/errors.ts";
import type { OutgoingRequest } from "../../src/bridge/authorizer.ts";
import { resolveSettings } from "../../src/settings/resolve_settings.ts";
import { recordLog } from "../support/recorded_log.ts";

/** An authorizer of settings, with what it asks of those who work for it. */
async function authorizerOf(env: Record<string, string>, fields: Partial<Credential> = {}) {
  const { settings } = await resolveSettings({
    flags: {},
    getEnv: (name) => ({ OIDC_ISSUER_URL: "https://auth.test", OIDC_CLIENT_ID: "c", ...env })[name],
    readTextFile: () => Promise.reject(new Deno.errors.NotFound()),
  });
  const events: string[] = [];
  const credential: Credential = {
    issuer: "https://auth.test",
    clientId: "c",
    accessToken: "token-1",
    tokenType: "Bearer",
    obtainedAt: Date.now(),
    ...fields,
  };
  const access = {
    source: {
      current: () => credential,
      renewed: (token: string) => Promise.resolve(void events.push(`renew ${token}`)),
      signIn: () => {
        events.push("sign in");
        return Promise.resolve({ ...credential, accessToken: "token-2", scope: "tools" });
      },
    },
    setStepUp: ({ scopes }: { scopes: readonly string[] }) =>
      Promise.resolve(void events.push(`ask for ${scopes.join(" ")}`)),
    hasProviderChanged: () => Promise.resolve(events.push("moved?") < 0),
  } as unknown as Access;
  const { log, lines } = recordLog();
  const authorizer = createBackendAuthorizer(settings, {
    access,
    fetch: (url) => {
      events.push(`fetch ${url}`);
      return Promise.resolve(Response.json({ authorization_servers: ["https://other.test"] }));
    },
    log,
  });
  const request: OutgoingRequest = {
    method: "POST",
    url: new URL("https://mcp.test/mcp"),
    purpose: "client",
    signal: new AbortController().signal,
  };
  const refused = async (status: 401 | 403, challenge: string, attempt = 1) => {
    const sent = await authorizer.authorize(request);
    const headers = new Headers({ "www-authenticate": challenge });
    const error = await authorizer.refused({ request, fields: sent, status, headers, attempt })
      .then(() => undefined, (error: ProxyError) => error);
    return { error, events: events.splice(0), lines };
  };
  return { authorizer, request, refused };
}

Deno.test("the backend is shown the token", async () => {
  const { authorizer, request } = await authorizerOf({});
  assert.deepEqual(authorizer.authorize(request), { authorization: "Bearer token-1" });
});

Deno.test("a scope that the backend wants is signed in for", async () => {
  const { refused } = await authorizerOf({});
  const { error, events } = await refused(403, 'Bearer error="insufficient_scope", scope="tools"');
  assert.equal(error, undefined);
  assert.deepEqual(events, ["ask for tools", "sign in", "ask for tools"]);
});

Deno.test("a refused token is renewed, after the backend was asked whether its provider is another one", async () => {
  const { refused } = await authorizerOf({}, { refreshToken: "r" });
  assert.deepEqual((await refused(401, "Bearer")).events, ["moved?", "renew token-1"]);
});

Deno.test("a new token that takes a person gets the blame, one that needs nobody is renewed", async () => {
  const person = await authorizerOf({});
  assert.equal((await person.refused(401, "Bearer")).error?.reason, "token_refused");
  const nobody = await authorizerOf({ OIDC_FLOW: "client-credentials" });
  assert.deepEqual((await nobody.refused(401, "Bearer")).events, ["moved?", "renew token-1"]);
});

Deno.test("why a token is refused is told by what is set and by what the backend says of itself", async () => {
  const place = "https://mcp.test/.well-known/oauth-protected-resource";
  const { refused } = await authorizerOf({});
  const challenge = `Bearer error="invalid_token", resource_metadata="${place}"`;
  const { error, events, lines } = await refused(401, challenge, 2);
  assert.equal(error?.reason, "token_refused");
  assert.match(error!.what, /https:\/\/other\.test/);
  assert.deepEqual(events, [`fetch ${place}`]);
  assert.deepEqual(lines, [
    "[warn] https://mcp.test advertises the provider https://other.test, but https://auth.test/ " +
    "is configured",
  ]);
});
