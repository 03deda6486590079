/**
 * What a request to a provider says of the proxy that it goes through. The proxies of a process are
 * read once, so this is a file of its own.
 *
 * @module
 */
import assert from "node:assert/strict";
import { createLog } from "../../src/base/log.ts";
import { applyProxyEnvironment } from "../../src/net/proxy.ts";
import { createProviderFetch } from "../../src/oidc/provider_fetch.ts";
import { failure } from "./rig.ts";

const place = "https://auth.test/place";
const variables = ["HTTPS_PROXY", "https_proxy"];
const before = variables.map((name) => Deno.env.get(name));
Deno.env.set("HTTPS_PROXY", "http://proxy.test:3128");
Deno.env.delete("https_proxy");
await applyProxyEnvironment([new URL(place)]);
for (const [at, name] of variables.entries()) {
  if (before[at] === undefined) Deno.env.delete(name);
  else Deno.env.set(name, before[at]);
}

function fails(words: string, timeout?: number) {
  const fetch = createProviderFetch({
    log: createLog({ level: "error", write: () => {} }),
    timeout,
    fetch: (_, init) =>
      new Promise((_, reject) => {
        const fail = () => reject(new TypeError("fetch failed", { cause: new Error(words) }));
        if (timeout === undefined) fail();
        else init!.signal!.addEventListener("abort", fail);
      }),
  });
  return failure(fetch(place));
}

Deno.test("a proxy that refuses is told of, and not the provider", async () => {
  const error = await fails("client error (Connect): proxy authentication required");
  assert.equal(error.category, "Network error");
  assert.equal(error.reason, "proxy_authentication");
  assert.match(error.what, /proxy\.test:3128/);
});

Deno.test("what is not about the proxy may be about the network that it is in", async () => {
  const error = await fails("connection reset");
  assert.equal(
    error.message,
    "Network error: no connection to https://auth.test/place (connection reset). Fix: check " +
      "HTTPS_PROXY, the network and OIDC_ISSUER_URL.",
  );
});

Deno.test("after the time that an answer may take, that is what is told", async () => {
  const error = await fails("client error (Connect): proxy authentication required", 20);
  assert.match(error.what, /^no complete answer from https:\/\/auth\.test\/place within 0\.02 s$/);
});
