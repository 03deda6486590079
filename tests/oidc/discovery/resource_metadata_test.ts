import assert from "node:assert/strict";
import { askBackend } from "../../../src/oidc/discovery/advertised_provider.ts";
import { urlFault } from "../../../src/oidc/discovery/check_metadata.ts";
import { readResourceMetadata } from "../../../src/oidc/discovery/resource_metadata.ts";
import { rememberSecret } from "../../../src/base/redactor.ts";
import { type Answer, createNetwork } from "../network.ts";
import { failure } from "../rig.ts";

const read = (metadata: unknown) =>
  readResourceMetadata(new URL("https://mcp.example/mcp"), {
    challenge: new Headers(),
    fetch: () => Promise.resolve(Response.json(metadata)),
    signal: new AbortController().signal,
  });

Deno.test("of a thousand authorization servers and more scopes, only so many are looked at", async () => {
  const metadata = await read({
    authorization_servers: Array.from({ length: 1_000 }, (_, i) => `https://auth${i}.example/`),
    scopes_supported: Array.from({ length: 5_000 }, (_, i) => `scope${i}`),
  });
  assert.equal(metadata?.issuers.length, 20);
  assert.equal(metadata?.scopes?.length, 1_000);
});

Deno.test("an authorization server under which nothing can be stored is left out", async () => {
  rememberSecret("a-token-that-became-an-issuer");
  const metadata = await read({
    authorization_servers: [
      `https://auth.example/${"long/".repeat(20_000)}`,
      "https://auth.example/a-token-that-became-an-issuer",
      "https://auth.example/",
    ],
  });
  assert.deepEqual(metadata?.issuers, ["https://auth.example/"]);
});

const backend = new URL("https://mcp.example/mcp");
const challenged = (challenge: string) => () =>
  Promise.resolve(
    new Response(null, { status: 401, headers: { "www-authenticate": `Bearer ${challenge}` } }),
  );

Deno.test("an authorization server that must not be used is told with its value and why", async () => {
  const refusals = {
    "http://auth.example/": "is not https",
    "https://user:pw@auth.example/": "has a user name in it",
    "https://127.0.0.1/": "is an address of this machine, named by another one",
    "/relative": "is no absolute URL",
  };
  for (const [server, why] of Object.entries(refusals)) {
    const fetch = (_url: string | URL, init?: RequestInit) =>
      init?.method === "POST" ? challenged("")() : Promise.resolve(
        Response.json({ resource: backend.href, authorization_servers: [server] }),
      );
    const error = await failure(
      askBackend(backend, { fetch, signal: new AbortController().signal }),
    );
    assert.equal(error.reason, "not_advertised");
    assert.ok(
      error.what.endsWith(`names "${server}" as its authorization server, which ${why}`),
      error.what,
    );
  }
});

for (
  const host of [
    "localhost.",
    "provider.localhost",
    "127.1",
    "127.0.0.1.",
    "2130706433",
    "0.0.0.0",
    "0",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[0:0:0:0:0:ffff:127.1.2.3]",
    "[::ffff:0.0.0.0]",
  ]
) {
  Deno.test(`https://${host}:8443/ is an address of this machine, however it is written`, () => {
    const url = `https://${host}:8443/`;
    assert.match(urlFault(url, backend.href)!, /is an address of this machine/);
    assert.equal(urlFault(url, "http://127.0.0.1:9000/"), undefined);
    // By http what is surely on loopback alone.
    const isLoopback = /^(127|2130706433)/.test(host);
    const plain = urlFault(url.replace("https", "http"), "http://127.0.0.1:9000/");
    assert.equal(plain, isLoopback ? undefined : "is not https");
  });
}

Deno.test("a name that only looks like one of this machine is none", () => {
  for (const host of ["localhost.example", "notlocalhost", "0.0.0.0.example", "[::2]"]) {
    assert.equal(urlFault(`https://${host}/`, backend.href), undefined);
  }
});

Deno.test("a challenge that points to a place that must not be asked is told", async () => {
  const place = "http://meta.example/x";
  const asked: string[] = [];
  const fetch = (url: string | URL, init?: RequestInit) => {
    asked.push(String(url));
    return init?.method === "POST"
      ? challenged(`resource_metadata="${place}"`)()
      : Promise.resolve(new Response(null, { status: 404 }));
  };
  const error = await failure(askBackend(backend, { fetch, signal: new AbortController().signal }));
  assert.match(
    error.what,
    /"http:\/\/meta.example\/x" as the place of its metadata, which is not https$/,
  );
  assert.ok(!asked.includes(place));
});

const wellKnown = "https://mcp.example/.well-known/oauth-protected-resource";

/** What the backend's metadata is where these places answer like this, and which were asked. */
async function readAt(
  places: Record<string, Answer>,
  { challenge, url = backend }: { challenge?: string; url?: URL } = {},
) {
  const network = createNetwork(({ url }) => places[url.href]);
  const { signal } = new AbortController();
  const metadata = await readResourceMetadata(url, {
    challenge: new Headers(challenge === undefined ? {} : { "www-authenticate": challenge }),
    fetch: network.fetch,
    signal,
  });
  for (const sent of network.sent) {
    assert.equal(sent.headers.get("accept"), "application/json");
    assert.equal(sent.signal, signal);
  }
  return { metadata, asked: network.urls() };
}

Deno.test("the metadata of a backend is at the place of its challenge, else at the well-known ones", async () => {
  const named = "https://meta.example/x";
  const at = (place: string) => ({ [place]: { resource: place } });
  const challenge = `Bearer resource_metadata="${named}"`;
  const found = await readAt({ ...at(named), ...at(wellKnown) }, { challenge });
  assert.deepEqual(found, { metadata: { resource: named, issuers: [] }, asked: [named] });
  // Whoever names a place means that one.
  assert.deepEqual(await readAt(at(wellKnown), { challenge }), {
    metadata: undefined,
    asked: [named],
  });
  assert.deepEqual((await readAt(at(wellKnown))).asked, [`${wellKnown}/mcp`, wellKnown]);
  assert.deepEqual((await readAt(at(`${wellKnown}/mcp`))).asked, [`${wellKnown}/mcp`]);
  const slash = new URL("https://mcp.example/mcp/");
  assert.deepEqual((await readAt({}, { url: slash })).asked, [`${wellKnown}/mcp`, wellKnown]);
  const root = new URL("https://mcp.example/");
  assert.deepEqual((await readAt({}, { url: root })).asked, [wellKnown]);
});

Deno.test("what is no metadata leaves the next place to be asked", async () => {
  const none: Answer[] = [
    undefined,
    Response.json({ resource: "x" }, { status: 201 }),
    new Response("<html>"),
    Response.json(null),
    Response.json("text"),
  ];
  for (const answer of none) {
    const { metadata } = await readAt({
      [`${wellKnown}/mcp`]: answer,
      [wellKnown]: { resource: "second" },
    });
    assert.equal(metadata?.resource, "second");
  }
  assert.deepEqual(await readAt({}), {
    metadata: undefined,
    asked: [`${wellKnown}/mcp`, wellKnown],
  });
});

Deno.test("of metadata only what has its form is taken", async () => {
  const rows: [Record<string, unknown>, object][] = [
    [{}, { issuers: [] }],
    [{ resource: 7, authorization_servers: "https://a.example", scopes_supported: "a" }, {
      issuers: [],
    }],
    [
      {
        resource: "r",
        authorization_servers: ["https://a.example"],
        scopes_supported: ["a", 7, "b"],
      },
      { resource: "r", issuers: ["https://a.example"], scopes: ["a", "b"] },
    ],
    [
      { authorization_servers: ["https://a.example", 7, "http://b.example", "https://c.example"] },
      {
        issuers: ["https://a.example", "https://c.example"],
        refused: "7 as its authorization server, which is no text",
      },
    ],
    [{ authorization_servers: [undefined] }, {
      issuers: [],
      refused: "null as its authorization server, which is no text",
    }],
  ];
  for (const [metadata, read] of rows) {
    assert.deepEqual((await readAt({ [wellKnown]: metadata })).metadata, read);
  }
});

Deno.test("an issuer is no longer than a note's name may be, and repeats no secret", async () => {
  const issuer = (length: number) => `https://a.example/${"x".repeat(length - 18)}`;
  const refusedOf = async (server: string) =>
    (await readAt({ [wellKnown]: { authorization_servers: [server] } })).metadata?.refused;
  assert.equal(await refusedOf(issuer(500)), undefined);
  assert.match((await refusedOf(issuer(501)))!, /, which is longer than 500 characters$/);
  rememberSecret("a-secret-in-an-issuer");
  const repeating = await refusedOf("https://a.example/a-secret-in-an-issuer");
  assert.match(repeating!, /, which repeats a secret$/);
  assert.doesNotMatch(repeating!, /a-secret-in-an-issuer/);
});

Deno.test("a place that must not be asked is told when no other has the metadata", async () => {
  const challenge = 'Bearer resource_metadata="http://meta.example/x"';
  assert.deepEqual((await readAt({}, { challenge })).metadata, {
    issuers: [],
    refused: '"http://meta.example/x" as the place of its metadata, which is not https',
  });
  const { metadata } = await readAt({ [wellKnown]: { resource: "r" } }, { challenge });
  assert.deepEqual(metadata, { resource: "r", issuers: [] });
});
