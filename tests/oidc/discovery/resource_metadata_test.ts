import assert from "node:assert/strict";
import { askBackend } from "../../../src/oidc/discovery/advertised_provider.ts";
import { urlFault } from "../../../src/oidc/discovery/check_metadata.ts";
import { readResourceMetadata } from "../../../src/oidc/discovery/resource_metadata.ts";
import { rememberSecret } from "../../../src/base/redactor.ts";
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
