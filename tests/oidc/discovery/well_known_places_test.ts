/**
 * Where a provider's metadata is looked for, and what its answers are taken for; without a sign-in.
 *
 * @module
 */
import assert from "node:assert/strict";
import { ProxyError } from "../../../src/base/errors.ts";
import {
  discoverProvider,
  metadataAt,
  wellKnownPlaces,
} from "../../../src/oidc/discovery/discover_provider.ts";
import { type Answer, createNetwork, type Sent } from "../network.ts";
import { failure } from "../rig.ts";

const issuer = "https://auth.test";
const oauth = `${issuer}/.well-known/oauth-authorization-server`;
const openid = `${issuer}/.well-known/openid-configuration`;
const metadata = { issuer, token_endpoint: `${issuer}/token` };

function discover(
  answer: (sent: Sent) => Answer,
  { issuerUrl = new URL(issuer), ...options }: {
    issuerUrl?: URL;
    metadataUrl?: URL;
    issuerTemplate?: boolean;
    oauthMetadataFirst?: boolean;
  } = {},
) {
  const network = createNetwork(answer);
  const { signal } = new AbortController();
  const found = discoverProvider(issuerUrl, { fetch: network.fetch, signal, ...options });
  found.catch(() => {});
  return { found, network, signal };
}

Deno.test("the places where an issuer's metadata may be", () => {
  const plain = new URL(issuer);
  assert.deepEqual(wellKnownPlaces(plain), [openid, oauth]);
  assert.deepEqual(wellKnownPlaces(plain, {}), [openid, oauth]);
  assert.deepEqual(wellKnownPlaces(plain, { oauthFirst: true }), [oauth, openid]);
  for (const path of ["/a/b", "/a/b/"]) {
    assert.deepEqual(wellKnownPlaces(new URL(path, issuer), { oauthFirst: true }), [
      `${oauth}/a/b`,
      `${issuer}/a/b/.well-known/openid-configuration`,
      `${openid}/a/b`,
    ]);
  }
});

Deno.test("the first place that has metadata counts", async () => {
  for (const status of [404, 201, 400]) {
    const { found, network } = discover(({ url }) =>
      url.href === openid ? Response.json(metadata, { status }) : metadata
    );
    assert.deepEqual(await found, { metadata, place: oauth });
    assert.deepEqual(network.urls(), [openid, oauth]);
  }
  const first = discover(() => metadata, { oauthMetadataFirst: true });
  assert.deepEqual(await first.found, { metadata, place: oauth });
  assert.deepEqual(first.network.urls(), [oauth]);
  const set = discover(() => metadata, { metadataUrl: new URL("https://else.test/x") });
  assert.deepEqual(await set.found, { metadata, place: "https://else.test/x" });
});

Deno.test("a request for metadata says that it wants JSON, and ends with the wait", async () => {
  const { found, network, signal } = discover(() => metadata);
  await found;
  const [sent] = network.sent;
  assert.equal(sent!.headers.get("accept"), "application/json");
  assert.equal(sent!.signal, signal);
});

Deno.test("where there is none, the first place is what is told", async () => {
  const fix = "check OIDC_ISSUER_URL, or set OIDC_METADATA_URL if the provider puts it elsewhere";
  const rows: [Answer, string][] = [
    [undefined, `${openid} answered 404`],
    [new Response("<html>"), `${openid} did not answer with the JSON metadata of a provider`],
    [Response.json([]), `${openid} did not answer with the JSON metadata of a provider`],
    [Response.json(null), `${openid} did not answer with the JSON metadata of a provider`],
    [{ issuer: 7 }, `${openid} did not answer with the JSON metadata of a provider`],
    [{}, `${openid} did not answer with the JSON metadata of a provider`],
  ];
  for (const [answer, what] of rows) {
    const { found, network } = discover(({ url }) =>
      url.href === openid
        ? answer instanceof Response ? answer.clone() : answer
        : new Response(null, { status: 410 })
    );
    const error = await failure(found);
    assert.deepEqual([error.category, error.what, error.fix, error.reason], [
      "Configuration error",
      what,
      fix,
      "no_metadata",
    ]);
    assert.equal(network.sent.length, 2);
  }
});

Deno.test("metadata of another issuer ends the search", async () => {
  const rows: [string, string][] = [
    ["https://evil.test", "set OIDC_ISSUER_URL to exactly what the provider calls itself"],
    [`${issuer}/x`, "set OIDC_ISSUER_URL to exactly what the provider calls itself"],
    [
      "my provider",
      "tell the provider's administrator that the issuer must be a URL, or check OIDC_ISSUER_URL",
    ],
  ];
  for (const [named, fix] of rows) {
    const { found, network } = discover(() => ({ ...metadata, issuer: named }));
    const error = await failure(found);
    assert.deepEqual([error.category, error.what, error.fix, error.reason], [
      "Configuration error",
      `${openid} names the issuer ${JSON.stringify(named)} instead of "${issuer}/"`,
      fix,
      "issuer_mismatch",
    ]);
    assert.equal(network.sent.length, 1);
  }
});

Deno.test("a template is an issuer where that is allowed", async () => {
  const issuerUrl = new URL(`${issuer}/common`);
  const template = () => ({ ...metadata, issuer: `${issuer}/{tenantid}` });
  const { found } = discover(template, { issuerUrl, issuerTemplate: true });
  assert.equal((await found).metadata.issuer, `${issuer}/{tenantid}`);
  const refused = await failure(discover(template, { issuerUrl }).found);
  assert.equal(refused.reason, "issuer_mismatch");
});

Deno.test("a redirect at one place leaves the others to be asked, another failure does not", async () => {
  const failing = (reason: string) =>
    new ProxyError({ category: "Authentication error", what: "no", fix: "look", reason });
  const throwing = (error: Error) => ({ url }: Sent) => {
    if (url.href === openid) throw error;
    return metadata;
  };
  const redirect = discover(throwing(failing("provider_redirect")));
  assert.equal((await redirect.found).place, oauth);
  const others = [
    failing("provider_unreachable"),
    new TypeError("a defect"),
    Object.assign(new Error("none of ours"), { reason: "provider_redirect" }),
  ];
  for (const error of others) {
    const { found, network } = discover(throwing(error));
    await assert.rejects(found, (thrown) => thrown === error);
    assert.equal(network.sent.length, 1);
  }
  const everywhere = discover(() => {
    throw failing("provider_redirect");
  });
  assert.equal((await failure(everywhere.found)).reason, "provider_redirect");
});

Deno.test("one place is asked alone", async () => {
  const network = createNetwork(() => metadata);
  const { signal } = new AbortController();
  const options = { issuerUrl: new URL(issuer), fetch: network.fetch, signal };
  assert.deepEqual(await metadataAt("https://auth.test/there", options), metadata);
  assert.deepEqual(network.urls(), ["https://auth.test/there"]);
});
