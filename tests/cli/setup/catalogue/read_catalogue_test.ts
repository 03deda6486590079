import assert from "node:assert/strict";
import { readCatalogue } from "../../../../src/cli/setup/catalogue/read_catalogue.ts";
import { catalogueSettings } from "../../../../src/cli/setup/catalogue/catalogue_texts.ts";
import { type OptionName, optionNames } from "../../../../src/settings/options.ts";
import { ProxyError } from "../../../../src/base/errors.ts";
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

/** Reads from what answers these paths, and says which were asked for. */
async function readFrom(
  from: string,
  answers: Record<string, unknown>,
): Promise<Awaited<ReturnType<typeof readCatalogue>> & { asked: string[] }> {
  const asked: string[] = [];
  const fetch = (given: string | URL) => {
    const { pathname, search } = new URL(given);
    asked.push(pathname + search);
    const answer = answers[pathname + search];
    if (answer instanceof Response) return Promise.resolve(answer.clone());
    return Promise.resolve(
      answer === undefined ? new Response("no", { status: 404 }) : Response.json(answer),
    );
  };
  const { signal } = new AbortController();
  return { ...await readCatalogue(from, { fetch, signal }), asked };
}

/** An error of ours, by its parts. */
const told = (parts: Record<string, unknown>) => (error: unknown) => {
  assert.ok(error instanceof ProxyError);
  const { category, what, fix, reason } = error;
  assert.deepEqual({ category, what, fix, reason }, { category: "Configuration error", ...parts });
  return true;
};
const invalid = (what: string) =>
  told({
    what: `the catalogue ${what}`,
    fix: "see docs/rollout.md for the formats that are read",
    reason: "invalid_catalogue",
  });
const unreadable = (what: string) =>
  told({
    what: `the catalogue ${what}`,
    fix: "name a file, or an https URL that this machine can reach, with --from",
    reason: "catalogue_unreadable",
  });

const list = "/v0.1/servers?version=latest&limit=100";
const origin = "https://registry.test";
const some = (count: number, from = 0) =>
  Array.from({ length: count }, (_, at) => item(`com.company/s${from + at}`));

Deno.test("a registry is found at its address, however that ends, and whatever is in its query", async () => {
  const rows: [from: string, path: string][] = [
    [`${origin}`, list],
    [`${origin}/`, list],
    [`${origin}//`, list],
    [`${origin}/mcp/`, `/mcp${list}`],
    [`${origin}/mcp?x=y`, `/mcp${list}`],
    [`HTTPS://registry.test/mcp`, `/mcp${list}`],
  ];
  for (const [from, path] of rows) {
    const { source, entries, asked } = await readFrom(from, { [path]: { servers: some(1) } });
    assert.deepEqual([source, entries.length, asked.at(-1)], [from, 1, path], from);
  }
});

Deno.test("what the address says itself is read before a registry is looked for", async () => {
  const { asked } = await readFrom(`${origin}/x`, { "/x": { servers: some(1) } });
  assert.deepEqual(asked, ["/x"]);
  const html = new Response("<p>", { headers: { "content-type": "text/html" } });
  const found = await readFrom(`${origin}/x`, { "/x": html, [`/x${list}`]: { servers: some(2) } });
  assert.equal(found.entries.length, 2);
});

Deno.test("an address with neither is told by what it answers itself", async () => {
  const html = new Response("<p>", { headers: { "content-type": "text/html" } });
  await assert.rejects(
    readFrom(`${origin}/x`, { "/x": html, [`/x${list}`]: html }),
    unreadable(`${origin}/x cannot be read: it is no JSON, and no MCP registry`),
  );
  await assert.rejects(
    readFrom(`${origin}/x`, {}),
    unreadable(`${origin}/x cannot be read: it answers 404`),
  );
  await assert.rejects(
    readFrom("http://registry.test/", {}),
    unreadable("http://registry.test/ cannot be read: only https URLs are read"),
  );
  await assert.rejects(
    readFrom("https://", {}),
    unreadable("https:// cannot be read: only https URLs are read"),
  );
});

Deno.test("a page is followed by its cursor, and the rest of its address stays", async () => {
  const page = (nextCursor: unknown, servers: unknown = some(1)) => ({
    servers,
    metadata: { nextCursor },
  });
  const { entries, asked } = await readFrom(`${origin}/x?limit=1`, {
    "/x?limit=1": page("a b", some(2)),
    "/x?limit=1&cursor=a+b": page("c", some(1, 2)),
    "/x?limit=1&cursor=c": page("", some(1, 3)),
  });
  assert.deepEqual(entries.map(({ name }) => name), ["s0", "s1", "s2", "s3"]);
  assert.deepEqual(asked, ["/x?limit=1", "/x?limit=1&cursor=a+b", "/x?limit=1&cursor=c"]);
  for (const last of [undefined, null, 3, ""]) {
    assert.equal((await readFrom(`${origin}/x`, { "/x": page(last) })).entries.length, 1);
  }
  assert.equal((await readFrom(`${origin}/x`, { "/x": { servers: some(1) } })).entries.length, 1);
  await assert.rejects(
    readFrom(`${origin}/x`, { "/x": page("a"), "/x?cursor=a": { servers: {} } }),
    invalid(`${origin}/x has a page without servers`),
  );
  await assert.rejects(
    readFrom(`${origin}/x`, { "/x": page("a") }),
    unreadable(`${origin}/x?cursor=a cannot be read: it answers 404`),
  );
  await assert.rejects(
    readFrom(`${origin}/x`, { "/x": page("a"), "/x?cursor=a": [] }),
    invalid(`${origin}/x?cursor=a is not a JSON object`),
  );
});

const endless = `${origin}/x has more than 2000 servers, or no end`;

Deno.test("pages come to an end: after one that was there, after 100, and after too many servers", async () => {
  const next = (nextCursor: string, servers: unknown[] = []) => ({
    servers,
    metadata: { nextCursor },
  });
  await assert.rejects(
    readFrom(`${origin}/x`, {
      "/x": next("a"),
      "/x?cursor=a": next("b"),
      "/x?cursor=b": next("a"),
    }),
    invalid(endless),
  );
  const pages = (count: number) => ({
    "/x": next("1", some(1)),
    ...Object.fromEntries(
      Array.from({ length: count - 1 }, (_, at) => [
        `/x?cursor=${at + 1}`,
        at + 2 === count ? { servers: [] } : next(`${at + 2}`),
      ]),
    ),
  });
  assert.equal((await readFrom(`${origin}/x`, pages(101))).asked.length, 101);
  await assert.rejects(readFrom(`${origin}/x`, pages(102)), invalid(endless));
  const full = { "/x": next("a", some(2000)), "/x?cursor=a": { servers: [] } };
  assert.equal((await readFrom(`${origin}/x`, full)).entries.length, 2000);
  await assert.rejects(
    readFrom(`${origin}/x`, { ...full, "/x": next("a", some(2001)) }),
    invalid(endless),
  );
});

Deno.test("a catalogue has as many servers as it may, and not more", async () => {
  assert.equal((await readDocument({ servers: some(2000) })).entries.length, 2000);
  const own = (count: number) => ({
    servers: Object.fromEntries(
      Array.from({ length: count }, (_, at) => [`s${at}`, { backendUrl: "https://a.test/" }]),
    ),
  });
  assert.equal((await readDocument(own(2000))).entries.length, 2000);
  for (const document of [{ servers: some(2001) }, own(2001)]) {
    await assert.rejects(
      readDocument(document),
      /^ProxyError.* has more than 2000 servers\. Fix: /s,
    );
  }
});

Deno.test("a file is as long as it may be, and not longer", async () => {
  const full = "x".repeat(8 << 20);
  await assert.rejects(readDocument(full), { reason: "invalid_catalogue" });
  await assert.rejects(readDocument(`${full}x`), { reason: "catalogue_unreadable" });
});

Deno.test("a path is none of a URL, whatever is in it", async () => {
  for (const from of ["/nowhere/https://a.test", "nowhere:/a", "3://a"]) {
    await assert.rejects(read(from), (error) => {
      assert.ok(error instanceof ProxyError);
      assert.ok(error.what.startsWith(`the catalogue ${from} cannot be read: `), error.what);
      assert.doesNotMatch(error.what, /only https/);
      return true;
    });
  }
});

Deno.test("what a document is not is told", async () => {
  const rows: [text: string, what: RegExp][] = [
    ["", / is empty$/],
    ["[]", /json is not a JSON object$/],
    ["{", /json is not JSON: CloseBraceExpected, line 1$/],
    [`{"a": 1}`, / is neither a configuration file nor a list of an MCP registry$/],
    [`{"servers": null}`, / is neither a configuration file nor a list of an MCP registry$/],
    [`{"servers": 3}`, / is neither a configuration file nor a list of an MCP registry$/],
  ];
  for (const [text, what] of rows) {
    await assert.rejects(readDocument(text), (error) => {
      assert.ok(error instanceof ProxyError);
      assert.match(error.what, what);
      return true;
    });
  }
  const { server } = item("com.company/a");
  for (const document of [server, { server }]) {
    const { entries, others } = await readDocument(document);
    assert.deepEqual([entries.map(({ name }) => name), others], [["a"], 0]);
  }
  assert.deepEqual(await readDocument({ servers: [] }).then(({ entries }) => entries), []);
});

Deno.test("what a server is called there becomes a name of ours", async () => {
  const rows: [name: string, short: string | undefined][] = [
    ["com.company/tools", "tools"],
    ["com.company/a/b", "b"],
    ["tools", "tools"],
    ["com.company/my tools!", "my-tools-"],
    ["com.company/3d_tools", "d_tools"],
    [`com.company/${"a".repeat(64)}`, "a".repeat(64)],
    [`com.company/${"a".repeat(65)}`, undefined],
    ["com.company/123", undefined],
  ];
  for (const [name, short] of rows) {
    const { entries: [entry] } = await readDocument({
      servers: [{
        server: { name, remotes: [{ type: "streamable-http", url: "https://a.test/" }] },
      }],
    });
    assert.equal(
      entry.problem,
      short ? undefined : "its name has other characters than letters, digits, - and _",
    );
    if (short) assert.deepEqual([entry.name, entry.texts.backendUrl], [short, "https://a.test/"]);
    else assert.deepEqual(entry.texts, {});
  }
  const { entries } = await readDocument({
    servers: ["a.b/x", "a.c/x", "a.d/y"].map((name) => item(name)),
  });
  assert.deepEqual(entries.map(({ name }) => name), ["a-b-x", "a-c-x", "y"]);
});

Deno.test("of one server the latest counts, or the first where none is said to be", async () => {
  const version = (url: string, isLatest?: boolean) => ({
    server: { name: "a/b", remotes: [{ type: "streamable-http", url }] },
    ...isLatest !== undefined && {
      _meta: { "io.modelcontextprotocol.registry/official": { isLatest } },
    },
  });
  const rows: [servers: unknown[], url: string][] = [
    [[version("https://1.test/", false), version("https://2.test/", false)], "https://1.test/"],
    [[version("https://1.test/", false), version("https://2.test/", true)], "https://2.test/"],
    [[version("https://1.test/", true), version("https://2.test/", false)], "https://1.test/"],
    [[version("https://1.test/"), version("https://2.test/")], "https://2.test/"],
  ];
  for (const [servers, url] of rows) {
    const { entries } = await readDocument({ servers });
    assert.deepEqual(entries.map(({ texts }) => texts.backendUrl), [url]);
  }
});

Deno.test("the defaults of a configuration file are of every server, and a server's own count more", async () => {
  const servers = {
    a: { backendUrl: "https://a.test/" },
    b: { backendUrl: "https://b.test/", oidcScopes: "b" },
    c: null,
  };
  const { source, entries, others } = await readDocument({
    defaults: { oidcScopes: "x", backendUrl: "https://x.test/" },
    servers,
  });
  assert.ok(source.endsWith(".json"));
  assert.equal(others, 0);
  assert.deepEqual(
    entries,
    [
      { name: "a", texts: { oidcScopes: "x", backendUrl: "https://a.test/" } },
      { name: "b", texts: { oidcScopes: "b", backendUrl: "https://b.test/" } },
      { name: "c", texts: { oidcScopes: "x", backendUrl: "https://x.test/" } },
    ].map((entry) => ({ ...entry, title: undefined, description: undefined })),
  );
  assert.equal((await readDocument({ servers, defaults: null })).entries.length, 3);
});
