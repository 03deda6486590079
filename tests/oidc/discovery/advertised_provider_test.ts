import assert from "node:assert/strict";
import { askBackend } from "../../../src/oidc/discovery/advertised_provider.ts";
import { programName, version } from "../../../src/base/version.ts";
import { type Answer, createNetwork, type Sent } from "../network.ts";
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

const metadata = { resource: backend.href, authorization_servers: ["https://auth.example/"] };

/** Asks a backend that answers like this, and says what it was asked. */
async function asking(answer: (sent: Sent) => Answer) {
  const network = createNetwork(answer);
  const { signal } = new AbortController();
  const advertised = await askBackend(backend, { fetch: network.fetch, signal });
  for (const sent of network.sent) assert.equal(sent.signal, signal);
  return { advertised, sent: network.sent };
}

Deno.test("a backend is asked in both eras until one request is refused", async () => {
  const clientInfo = { name: programName, version };
  const probes = [
    { jsonrpc: "2.0", id: 0, method: "tools/list", params: {} },
    {
      jsonrpc: "2.0",
      id: 0,
      method: "tools/list",
      params: {
        _meta: {
          "io.modelcontextprotocol/protocolVersion": "2026-07-28",
          "io.modelcontextprotocol/clientInfo": clientInfo,
          "io.modelcontextprotocol/clientCapabilities": {},
        },
      },
    },
    {
      jsonrpc: "2.0",
      id: 0,
      method: "initialize",
      params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo },
    },
  ];
  for (let refusedAt = 0; refusedAt <= probes.length; refusedAt++) {
    let at = 0;
    const { sent } = await asking(({ method }) =>
      method === "POST" ? new Response(null, { status: at++ === refusedAt ? 401 : 403 }) : metadata
    );
    const posts = sent.filter(({ method }) => method === "POST");
    assert.deepEqual(posts.map(({ body }) => JSON.parse(body)), probes.slice(0, refusedAt + 1));
    for (const [index, { headers, url }] of posts.entries()) {
      assert.equal(url.href, backend.href);
      assert.deepEqual(Object.fromEntries(headers), {
        accept: "application/json, text/event-stream",
        "content-type": "application/json",
        ...index === 1 && { "mcp-protocol-version": "2026-07-28", "mcp-method": "tools/list" },
      });
    }
  }
});

Deno.test("the challenge of the refused request says where the metadata is, and what to ask for", async () => {
  const challenged = (challenge: string, more: Record<string, unknown> = {}) =>
    asking(({ method }) =>
      method === "POST"
        ? new Response(null, { status: 401, headers: { "www-authenticate": challenge } })
        : { ...metadata, ...more }
    );
  const { advertised, sent } = await challenged(
    'Bearer resource_metadata="https://mcp.example/there", scope="a  b"',
    { scopes_supported: ["c"] },
  );
  assert.deepEqual(advertised, {
    issuer: "https://auth.example/",
    resource: backend.href,
    scopes: ["a", "b"],
  });
  assert.equal(sent.at(-1)!.url.href, "https://mcp.example/there");
  const known = await challenged("Bearer", { scopes_supported: ["c"] });
  assert.deepEqual(known.advertised.scopes, ["c"]);
  assert.ok(!("scopes" in (await challenged("Basic")).advertised));
});

Deno.test("a backend that advertises nothing, or nothing that may be used, is told so", async () => {
  const rows: [Answer, string][] = [
    [undefined, "does not advertise a provider"],
    [{ resource: backend.href }, "does not advertise a provider"],
    [
      { resource: backend.href, authorization_servers: ["http://a.example/"] },
      'names "http://a.example/" as its authorization server, which is not https',
    ],
  ];
  for (const [answer, said] of rows) {
    const error = await failure(asking(({ method }) => method === "POST" ? {} : answer));
    assert.equal(
      error.message,
      `Configuration error: OIDC_ISSUER_URL is not set, and https://mcp.example/tools/mcp ${said}. ` +
        "Fix: set OIDC_ISSUER_URL and OIDC_CLIENT_ID.",
    );
    assert.equal(error.reason, "not_advertised");
  }
});

Deno.test("each other fault is said with what to do", async () => {
  const message = async (more: Record<string, unknown>) => (await failure(ask(more))).message;
  assert.equal(
    await message({ resource: "https://other.example" }),
    'Backend error: the metadata of https://mcp.example/tools/mcp is about "https://other.example". ' +
      "Fix: set OIDC_ISSUER_URL and OIDC_RESOURCE yourself if you trust it all the same.",
  );
  assert.match(await message({}), / is about nothing\. Fix/);
  assert.equal(
    await message({
      resource: backend.href,
      authorization_servers: ["https://a.example", "https://b.example"],
    }),
    "Configuration error: https://mcp.example/tools/mcp trusts several authorization servers: " +
      "https://a.example, https://b.example. Fix: set OIDC_ISSUER_URL to the one to sign in at.",
  );
});
