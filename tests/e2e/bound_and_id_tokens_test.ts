/**
 * Tokens that are bound to a key (RFC 9449) and ID tokens, at a backend that wants just these.
 *
 * @module
 */
import * as oauth from "@panva/oauth4webapi";
import assert from "node:assert/strict";
import { startCompany } from "../support/company.ts";
import { startEverything } from "../support/everything.ts";
import { startGateway } from "../support/gateway.ts";
import { startProvider, type TestProvider } from "../support/provider.ts";

const backendNonce = "a-nonce-of-the-backend";

/** An MCP server that accepts DPoP-bound tokens alone, each proof with its nonce. */
async function startBoundBackend(provider: TestProvider) {
  const insecure = { [oauth.allowInsecureRequests]: true } as const;
  const as = await oauth.processDiscoveryResponse(
    new URL(provider.issuer),
    await oauth.discoveryRequest(new URL(provider.issuer), insecure),
  );
  const proofs: { jti: string; htm: string; nonce?: string; ath?: string }[] = [];
  const challenged: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const proof = request.headers.get("dpop") ?? "";
    const claims = proof &&
      JSON.parse(atob(proof.split(".")[1].replaceAll("-", "+").replaceAll("_", "/")));
    const bare = new Request(request.url, { method: request.method, headers: request.headers });
    try {
      await oauth.validateJwtAccessToken(as, bare, provider.audience, {
        ...insecure,
        requireDPoP: true,
      });
    } catch (error) {
      await request.body?.cancel();
      return new Response(null, {
        status: 401,
        headers: {
          "www-authenticate": `DPoP error="invalid_token", error_description="${
            (error as Error).message.replaceAll('"', "'")
          }"`,
        },
      });
    }
    if (claims.nonce !== backendNonce) {
      challenged.push(request.method);
      await request.body?.cancel();
      return new Response(null, {
        status: 401,
        headers: {
          "www-authenticate": 'DPoP error="use_dpop_nonce", error_description="nonce, please"',
          "dpop-nonce": backendNonce,
        },
      });
    }
    proofs.push(claims);
    if (request.method !== "POST") return new Response(null, { status: 405 });
    const message = await request.json();
    if (message.id === undefined) return new Response(null, { status: 202 });
    const result = message.method === "initialize"
      ? {
        protocolVersion: "2025-11-25",
        capabilities: { tools: {} },
        serverInfo: { name: "bound", version: "1" },
      }
      : { tools: [] };
    return Response.json({ jsonrpc: "2.0", id: message.id, result });
  });
  return {
    url: new URL(`http://127.0.0.1:${server.addr.port}/mcp`),
    proofs,
    challenged,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

Deno.test("DPoP: bound tokens, nonces of provider and backend, refresh and restart with the same key", async () => {
  await using company = await startCompany({
    provider: { dpop: "nonce", accessTokenTtl: 3600 },
    backend: new URL("http://127.0.0.1:9/unused"),
  });
  const { provider } = company;
  await using backend = await startBoundBackend(provider);
  const start = () => company.start({ args: [backend.url.href, "--oidc-dpop"] });
  {
    await using program = await start();
    await Promise.all([company.signIn(), program.initialize()]);
    assert.deepEqual((await program.request("tools/list")).result, { tools: [] });
    await program.endInput();
    await program.exit;
  }
  assert.equal(backend.challenged.length, 1);
  assert.ok(backend.proofs.length >= 3);
  assert.equal(new Set(backend.proofs.map(({ jti }) => jti)).size, backend.proofs.length);
  assert.ok(backend.proofs.every(({ ath }) => ath));
  const requests = provider.count("token");
  {
    await using program = await start();
    await program.initialize();
    await program.endInput();
    await program.exit;
  }
  assert.equal(provider.count("token"), requests);
  assert.equal(company.browser.count(), 1);
});

Deno.test("the ID token is shown to a backend that checks it, and its end is what counts", async () => {
  await using everything = await startEverything();
  await using company = await startCompany({
    provider: { idTokenTtl: 4, accessTokenTtl: 3600 },
    backend: everything.url,
  });
  const { provider } = company;
  await using gateway = await startGateway({
    provider: { issuer: provider.issuer, jwksUri: provider.jwksUri, audience: provider.clientId },
    backend: everything.url,
  });
  await using program = await company.start({ args: [gateway.url.href, "--oidc-token", "id"] });
  await Promise.all([company.signIn(), program.initialize()]);
  await provider.requested(({ grantType }) => grantType === "refresh_token");
  assert.ok((await program.request("tools/list")).result);
  assert.equal(gateway.refusals(), 0);
  assert.equal(company.browser.count(), 1);
});

Deno.test("an opaque token at a backend that wants JWTs is explained, without another tab", async () => {
  await using company = await startCompany({ provider: { audience: null } });
  await using program = await company.start();
  const [, answer] = await Promise.all([
    company.signIn(),
    program.request("initialize", {
      protocolVersion: "2025-11-25",
      capabilities: {},
      clientInfo: { name: "test", version: "1" },
    }),
  ]);
  assert.match(answer.error!.message, /refused the token with HTTP 401.*OIDC_AUDIENCE/);
  assert.equal(answer.error!.data?.reason, "token_refused");
  assert.equal(company.browser.count(), 1);
});

Deno.test("a token for another audience is explained by comparing the two", async () => {
  await using company = await startCompany();
  await using program = await company.start({ env: { OIDC_RESOURCE: "https://other.test/api" } });
  const [, answer] = await Promise.all([
    company.signIn(),
    program.request("initialize", {
      protocolVersion: "2025-11-25",
      capabilities: {},
      clientInfo: { name: "test", version: "1" },
    }),
  ]);
  const { message } = answer.error!;
  assert.match(message, /aud https:\/\/other\.test\/api/);
  assert.ok(
    message.includes(
      `its audience https://other.test/api may not be what the backend at ${company.gateway.url.href} wants`,
    ),
    message,
  );
  // It is set to that, and the provider did as it was told.
  assert.doesNotMatch(message, /set OIDC_/);
  assert.equal(company.browser.count(), 1);
  for (const token of company.provider.secrets.access_token) assert.ok(!message.includes(token));
});

Deno.test("without settings a backend that advertises nothing is said to", async () => {
  await using provider = await startProvider();
  await using everything = await startEverything();
  await using gateway = await startGateway({ provider, backend: everything.url });
  await using company = await startCompany({ backend: everything.url });
  await using program = await company.start({
    args: [gateway.url.href],
    env: { OIDC_ISSUER_URL: "", OIDC_CLIENT_ID: "" },
  });
  assert.equal((await program.exit).code, 1);
  assert.match(program.stderr(), /OIDC_ISSUER_URL.*does not advertise a provider/);
});
