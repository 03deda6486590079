/**
 * Whom a backend names as its authorization server: the first one it has to name for ever.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { OidcClientOptions } from "../../../src/oidc/client_options.ts";
import { connectBackendServer } from "../../../src/oidc/exchange/backend_server.ts";
import { failure } from "../rig.ts";
import { silentLog } from "../../../src/cli/doctor/silent_log.ts";

const { signal } = new AbortController();
const backendUrl = new URL("https://mcp.test/mcp");

/** A backend that names an authorization server. */
function rig() {
  const noted = new Map<string, unknown>();
  const notes = {
    read: (name: string) => Promise.resolve(noted.get(name)),
    write: (name: string, value: unknown) => Promise.resolve(void noted.set(name, value)),
    remove: (name: string) => Promise.resolve(void noted.delete(name)),
  };
  const asked: string[] = [];
  const named = { issuer: "https://one.test" };
  const fetch = (address: string | URL): Promise<Response> => {
    const url = new URL(address);
    asked.push(url.href);
    if (url.origin !== backendUrl.origin) {
      return Promise.resolve(Response.json({
        issuer: url.origin,
        token_endpoint: `${url.origin}/token`,
        response_types_supported: ["code"],
      }));
    }
    return Promise.resolve(
      url.pathname === "/mcp" ? new Response(null, { status: 401 }) : Response.json({
        resource: backendUrl.href,
        authorization_servers: [named.issuer],
        scopes_supported: ["a"],
      }),
    );
  };
  const connect = (changes: Record<string, unknown> = {}, resource?: string) =>
    connectBackendServer(
      {
        fetch,
        log: silentLog,
        notes,
        exchange: {
          grant: "id-jag",
          scopes: resource === undefined ? [] : ["b"],
          resource,
          backend: { backendUrl, clientId: "client", ...changes },
        },
      } as unknown as OidcClientOptions,
      signal,
    );
  return { asked, named, connect };
}

Deno.test("a backend may name its authorization server, and the same one again", async () => {
  const { connect, asked } = rig();
  for (let time = 0; time < 2; time++) {
    const { issuer, resource, scopes, connection } = await connect();
    assert.deepEqual([issuer, resource, scopes], ["https://one.test", backendUrl.href, ["a"]]);
    assert.equal(connection.server.token_endpoint, "https://one.test/token");
  }
  const ofServer = asked.filter((url) => url.startsWith("https://one.test/"));
  assert.equal(ofServer.length, 1, "what it says of itself is noted");
});

Deno.test("a backend that names another one later is not followed", async () => {
  const { connect, named, asked } = rig();
  await connect();
  named.issuer = "https://two.test";
  asked.length = 0;
  const error = await failure(connect());
  assert.deepEqual(
    [error.category, error.reason, error.final, error.what, error.fix],
    [
      "Backend error",
      "backend_issuer_changed",
      true,
      "https://mcp.test names another authorization server than before: https://two.test, not " +
      "https://one.test; nothing is sent to it",
      "ask who runs the backend; set MCP_BACKEND_ISSUER_URL to https://two.test if that is right",
    ],
  );
  assert.deepEqual(asked.filter((url) => url.includes("two.test")), []);
});

Deno.test("a secret goes to a server that is set, and to none that the backend alone names", async () => {
  const { connect, asked } = rig();
  const error = await failure(connect({ clientSecret: "s" }));
  assert.deepEqual([error.reason, error.category], ["issuer_missing", "Configuration error"]);
  assert.match(error.fix, /^set MCP_BACKEND_ISSUER_URL .*: to https:\/\/one\.test, if that is it$/);
  assert.deepEqual(asked.filter((url) => url.includes("one.test")), []);
  const set = { clientSecret: "s", issuerUrl: new URL("https://two.test") };
  assert.equal((await connect(set)).issuer, "https://two.test");
});

Deno.test("nobody is asked for what is set", async () => {
  const { connect, asked } = rig();
  const set = { issuerUrl: new URL("https://two.test") };
  const server = await connect(set, "none");
  assert.deepEqual([server.resource, server.scopes], [backendUrl.href, []]);
  assert.deepEqual(asked.filter((url) => url.includes("mcp.test")), []);
});
