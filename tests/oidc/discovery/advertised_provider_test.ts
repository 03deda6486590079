import assert from "node:assert/strict";
import { askBackend } from "../../../src/oidc/discovery/advertised_provider.ts";
import { refuseForAdvertised } from "../../../src/oidc/registration/refuse_for_advertised.ts";
import { failure } from "../rig.ts";

const backend = new URL("https://mcp.example/tools/mcp");

/** Asks a backend whose metadata says this. */
const ask = (metadata: Record<string, unknown>) =>
  askBackend(backend, {
    fetch: (_url, init) =>
      Promise.resolve(
        init?.method === "POST"
          ? new Response(null, { status: 401 })
          : Response.json({ authorization_servers: ["https://auth.example/"], ...metadata }),
      ),
    signal: new AbortController().signal,
  });

for (
  const resource of [
    "https://mcp.example/tools/mcp",
    "https://mcp.example/tools/mcp/",
    "https://mcp.example/tools",
    "https://mcp.example/",
    "https://mcp.example",
  ]
) {
  Deno.test(`metadata about ${resource} is about the backend, or what it is a part of`, async () => {
    assert.equal((await ask({ resource })).resource, resource);
  });
}

for (
  const resource of [
    undefined,
    7,
    "no URL",
    "https://other.example/tools/mcp",
    "http://mcp.example/tools/mcp",
    "https://mcp.example:8443/tools/mcp",
    "https://mcp.example/tools/mcp/more",
    "https://mcp.example/tool",
    "https://mcp.example.evil.example/",
  ]
) {
  Deno.test(`metadata about ${JSON.stringify(resource)} is about another resource (RFC 9728 section 3.3)`, async () => {
    const error = await failure(ask({ resource }));
    assert.equal(error.reason, "resource_mismatch");
    assert.match(error.fix, /set OIDC_ISSUER_URL and OIDC_RESOURCE/);
  });
}

Deno.test("of several authorization servers the person chooses", async () => {
  const servers = ["https://one.example/", "https://two.example/"];
  const error = await failure(ask({ resource: backend.href, authorization_servers: servers }));
  assert.equal(error.reason, "several_providers");
  for (const server of servers) assert.ok(error.what.includes(server), error.what);
});

Deno.test("a secret goes to nobody that only the backend names", () => {
  const provider = { issuerUrl: "https://auth.example/" };
  for (const kind of ["client secret", "initial access token"] as const) {
    assert.throws(
      () => refuseForAdvertised({ backendUrl: backend } as never, { provider, given: "x", kind }),
      { reason: "issuer_missing" },
    );
  }
  refuseForAdvertised(
    { backendUrl: backend } as never,
    { provider, given: undefined, kind: "client secret" },
  );
});
