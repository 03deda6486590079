import assert from "node:assert/strict";
import { readCatalogue } from "../../../../src/cli/setup/catalogue/read_catalogue.ts";
import { catalogueSettings } from "../../../../src/cli/setup/catalogue/catalogue_texts.ts";
import { type OptionName, optionNames } from "../../../../src/settings/options.ts";
import { createHttpFetch } from "../../../../src/net/http_client.ts";
import { freePort } from "../../../support/free_port.ts";
import { certificateFile } from "../../../support/https_server.ts";
import { type Registry, type RegistryItem, startRegistry } from "../../../support/registry.ts";

const fetch = await createHttpFetch({
  caCerts: [certificateFile("authority.pem")],
  clientCert: undefined,
  clientKey: undefined,
});
const read = (from: string) => readCatalogue(from, { fetch, signal: new AbortController().signal });

const metaKey = "io.github.authful/mcp-proxy";

function item(
  name: string,
  more: Record<string, unknown> = {},
  _meta?: Record<string, unknown>,
): RegistryItem {
  const server = {
    $schema: "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json",
    name,
    description: `What ${name} does`,
    version: "1.0.0",
    remotes: [{ type: "streamable-http", url: `https://mcp.company.com/${name}` }],
    ...more,
  };
  return { server, ...(_meta && { _meta }) };
}

async function readDocument(value: unknown) {
  const path = await Deno.makeTempFile({ suffix: ".json" });
  try {
    await Deno.writeTextFile(path, typeof value === "string" ? value : JSON.stringify(value));
    return await read(path);
  } finally {
    await Deno.remove(path);
  }
}

Deno.test("a registry is read by its address, page by page", async () => {
  await using registry = await startRegistry({ pageSize: 2 });
  registry.publish(["a", "b", "c", "d", "e"].map((name) => item(`com.company/${name}`)));
  const { entries, others } = await read(registry.url.href);
  assert.deepEqual(entries.map(({ name }) => name), ["a", "b", "c", "d", "e"]);
  assert.deepEqual(entries[0], {
    name: "a",
    title: undefined,
    description: "What com.company/a does",
    texts: { backendUrl: "https://mcp.company.com/com.company/a" },
  });
  assert.equal(others, 0);
  assert.deepEqual(registry.requests, [
    "/",
    "/v0.1/servers?version=latest&limit=100",
    "/v0.1/servers?version=latest&limit=100&cursor=2",
    "/v0.1/servers?version=latest&limit=100&cursor=4",
  ]);
  const listed = await read(new URL("/v0.1/servers?search=a", registry.url).href);
  assert.equal(listed.entries.length, 5, "the list itself may be named, too");
});

Deno.test("settings stand under our key, and the registry's own count most", async () => {
  const { entries } = await readDocument({
    servers: [item("com.company/tools", {
      title: "Company tools",
      _meta: {
        "io.modelcontextprotocol.registry/publisher-provided": {
          [metaKey]: { oidcIssuerUrl: "https://publisher.test", oidcScopes: ["openid", "tools"] },
        },
        [metaKey]: { oidcIssuerUrl: "https://auth.company.com", oidcClientId: "published" },
        "com.other/thing": { oidcClientId: "not ours" },
      },
    }, { [metaKey]: { oidcClientId: "company" } })],
  });
  assert.deepEqual(entries, [{
    name: "tools",
    title: "Company tools",
    description: "What com.company/tools does",
    texts: {
      backendUrl: "https://mcp.company.com/com.company/tools",
      oidcIssuerUrl: "https://auth.company.com",
      oidcScopes: "openid tools",
      oidcClientId: "company",
    },
  }]);
});

Deno.test("settings may be variables of the remote, which also fill its URL", async () => {
  const remote = (variables: Record<string, unknown>) =>
    readDocument(
      item("com.company/tools", {
        remotes: [
          { type: "sse", url: "https://mcp.company.com/sse" },
          { type: "streamable-http", url: "https://{tenant}.company.com/mcp", variables },
        ],
      }).server,
    );
  const { entries } = await remote({
    tenant: { default: "acme" },
    OIDC_ISSUER_URL: { value: "https://auth.company.com" },
    oidcClientId: { value: "company" },
    color: { value: "blue" },
  });
  assert.deepEqual(entries[0].texts, {
    backendUrl: "https://acme.company.com/mcp",
    oidcIssuerUrl: "https://auth.company.com",
    oidcClientId: "company",
  });
  const open = await remote({ tenant: { isRequired: true } });
  assert.equal(open.entries[0].problem, "its URL needs a value for {tenant}");
});

Deno.test("of several versions the latest is taken; what has no such remote is counted", async () => {
  const official = (more: Record<string, unknown>) => ({
    "io.modelcontextprotocol.registry/official": { status: "active", ...more },
  });
  const url = (path: string) => ({
    remotes: [{ type: "streamable-http", url: `https://mcp.company.com/${path}` }],
  });
  const { entries, others } = await readDocument({
    servers: [
      item("com.company/tools", url("old"), official({ isLatest: false })),
      item("com.company/tools", url("new"), official({ isLatest: true })),
      item("com.company/tools", url("older"), official({ isLatest: false })),
      item("com.company/gone", {}, official({ status: "deleted" })),
      item("com.company/local", { remotes: [] }),
      item("com.company/sse", { remotes: [{ type: "sse", url: "https://mcp.company.com/sse" }] }),
    ],
  });
  assert.deepEqual(entries.map(({ name, texts }) => [name, texts.backendUrl]), [
    ["tools", "https://mcp.company.com/new"],
  ]);
  assert.equal(others, 3);
});

Deno.test("two servers of one short name keep the whole of it", async () => {
  const { entries } = await readDocument({
    servers: [item("com.company.hr/tools"), item("com.company.it/tools"), item("com.x/data.v2")],
  });
  assert.deepEqual(entries.map(({ name }) => name), [
    "com-company-hr-tools",
    "com-company-it-tools",
    "data-v2",
  ]);
});

Deno.test("a configuration file is a catalogue, comments and defaults included", async () => {
  const { entries } = await readDocument(`{
    // For everybody.
    "defaults": { "oidcIssuerUrl": "https://auth.company.com", "oidcClientId": "company" },
    "servers": {
      "tools": { "backendUrl": "https://mcp.company.com/tools" },
      "data": { "backendUrl": "https://mcp.company.com/data", "oidcClientId": "data", },
    },
  }`);
  assert.deepEqual(entries.map(({ name, texts }) => [name, texts.oidcClientId]), [
    ["tools", "company"],
    ["data", "data"],
  ]);
});

const refused: [settings: Record<string, unknown>, problem: RegExp][] = [
  [{ browser: "rm -rf ~ #" }, /sets browser, which no catalogue may/],
  [{ headers: ["X-Leak: ${AWS_SECRET_ACCESS_KEY}"] }, /sets headers/],
  [{ oidcClientSecretFile: "/home/ada/.ssh/id_ed25519" }, /sets oidcClientSecretFile/],
  [{ caCerts: ["/tmp/evil.pem"] }, /sets caCerts/],
  [{ cacheDir: "/tmp" }, /sets cacheDir/],
  [{ credentialEncryption: "none" }, /sets credentialEncryption/],
  [{ allowHttp: true }, /sets allowHttp/],
  [{ logFile: "/home/ada/.bashrc" }, /sets logFile/],
  [{ oidcClientSecret: "hush" }, /sets oidcClientSecret/],
  [{ backendUrl: "http://mcp.company.com/" }, /its backendUrl is no https URL/],
  [{ oidcIssuerUrl: "http://auth.company.com" }, /its oidcIssuerUrl is no https URL/],
  [{ oidcMetadataUrl: "http://auth.company.com/x" }, /its oidcMetadataUrl is no https URL/],
  [{ oidcRedirectUrls: "http://evil.test/cb" }, /its oidcRedirectUrls must name this machine/],
  [{ oidcClientId: { a: 1 } }, /no text or number/],
  [{ oidcClientId: "x".repeat(5000) }, /its oidcClientId is too long/],
  [{ backendUrl: undefined }, /names no backendUrl/],
  [{ somethingNew: 1 }, /unknown setting "somethingNew"/],
];
for (const [settings, problem] of refused) {
  Deno.test(`a server with ${Object.keys(settings)} that a catalogue must not have is not taken, and the others are`, async () => {
    const backendUrl = "https://mcp.company.com/";
    const { entries } = await readDocument({
      servers: { bad: { backendUrl, ...settings }, good: { backendUrl } },
    });
    assert.match(entries[0].problem ?? "", problem);
    assert.deepEqual(entries[0].texts, {}, "nothing of it is used");
    assert.equal(entries[1].problem, undefined);
  });
}

Deno.test("of every setting it was decided whether a catalogue may give it", () => {
  const never: readonly OptionName[] = [
    ...["headers", "headerFile", "allowHttp", "caCerts", "clientCert", "clientKey"] as const,
    ...["oidcClientSecret", "oidcClientSecretFile", "oidcClientKeyFile"] as const,
    ...["backendClientSecret", "backendClientSecretFile", "backendClientKeyFile"] as const,
    ...["oidcRegistrationTokenFile", "oidcAssertionFile", "oidcAssertionEnv"] as const,
    ...["oidcAssertionAudience", "oidcWorkloadAs", "browser", "cacheDir"] as const,
    ...["credentialEncryption", "config", "envFile", "logLevel", "logFormat", "logFile"] as const,
    ...["noBanner", "silent", "debug"] as const,
  ];
  assert.deepEqual(
    optionNames.filter((name) => catalogueSettings.has(name) === never.includes(name)),
    [],
  );
});

Deno.test("a server whose name is none is not taken", async () => {
  const { entries } = await readDocument({
    servers: {
      "../x": { backendUrl: "https://a.test/" },
      "-rf": { backendUrl: "https://a.test/" },
    },
  });
  assert.ok(entries.every(({ problem }) => /its name has other characters/.test(problem ?? "")));
});

const unusable: [what: string, (registry: Registry) => string | Promise<string>, RegExp][] = [
  ["http", () => "http://localhost:1/x", /only https URLs are read/],
  ["another scheme", () => "file:///etc/passwd", /only https URLs are read/],
  ["nobody there", () => `https://localhost:${freePort()}/`, /cannot be read: .*refused/i],
  ["an error", (registry) => {
    registry.answer(() => ({ status: 503, body: "" }));
    return registry.url.href;
  }, /it answers 503/],
  ["a page of HTML", (registry) => {
    registry.answer(() => ({ status: 200, headers: { "content-type": "text/html" }, body: "<p>" }));
    return registry.url.href;
  }, /it is no JSON, and no MCP registry/],
  ["a redirect to http", (registry) => {
    registry.answer(() => ({ status: 302, headers: { location: "http://localhost:1/" } }));
    return registry.url.href;
  }, /it redirects to http:/],
  ["redirects without end", (registry) => {
    registry.answer(() => ({ status: 302, headers: { location: "/" } }));
    return registry.url.href;
  }, /it redirects to \//],
  ["pages without end", (registry) => {
    let page = 0;
    registry.answer(() => ({
      status: 200,
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ servers: [{}], metadata: { nextCursor: `${page++}` } }),
    }));
    return registry.url.href;
  }, /or no end/],
  ["a document without end", (registry) => {
    registry.answer(() => ({
      status: 200,
      headers: { "content-type": "application/json" },
      body: " ".repeat((8 << 20) + 1),
    }));
    return registry.url.href;
  }, /it is longer than 8388608 bytes/],
  ["something else", () => "data", /neither a configuration file nor a list/],
];
for (const [what, prepare, message] of unusable) {
  Deno.test(`a catalogue that is ${what} is refused with why`, async () => {
    await using registry = await startRegistry();
    const from = await prepare(registry);
    await assert.rejects(from === "data" ? readDocument({ a: 1 }) : read(from), message);
  });
}

Deno.test("a redirect over https is followed", async () => {
  await using registry = await startRegistry();
  const body = JSON.stringify({ servers: [item("com.company/tools")] });
  registry.answer((path) =>
    path === "/"
      ? { status: 302, headers: { location: "/list" } as Record<string, string> }
      : { status: 200, headers: { "content-type": "application/json" }, body }
  );
  assert.equal((await read(registry.url.href)).entries.length, 1);
});
