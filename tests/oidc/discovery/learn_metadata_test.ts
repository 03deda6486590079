import assert from "node:assert/strict";
import { startProvider } from "../../support/provider.ts";
import { createMemoryNotes } from "../network.ts";
import { createRig, failure } from "../rig.ts";

const { signal } = new AbortController();
const hour = 60 * 60_000;

Deno.test("a refresh in the next start does without discovery, for a day", async () => {
  await using provider = await startProvider();
  const notes = createMemoryNotes();
  const first = await createRig(provider, { notes }).signIn().credential;
  assert.equal(provider.count("discovery"), 1);
  const second = await createRig(provider, { notes }).client.refresh(first, signal);
  assert.equal(provider.count("discovery"), 1);
  const later = createRig(provider, { notes, now: () => Date.now() + 25 * hour });
  await later.client.refresh(second, signal);
  assert.equal(provider.count("discovery"), 2);
});

Deno.test("a sign-in, which a person waits for, asks again", async () => {
  await using provider = await startProvider();
  const notes = createMemoryNotes();
  await createRig(provider, { notes }).signIn().credential;
  const later = createRig(provider, { notes, now: () => Date.now() + 2 * 60_000 });
  later.signIn();
  await provider.requested(({ endpoint }) =>
    endpoint === "discovery" && provider.count("discovery") === 2
  );
  await later.page;
});

Deno.test("notes that were made for another flow are checked for this one", async () => {
  await using provider = await startProvider({ deviceFlow: true });
  const metadata = await (await fetch(`${provider.issuer}/.well-known/openid-configuration`))
    .json();
  delete metadata.authorization_endpoint;
  const notes = createMemoryNotes();
  const key = `metadata ${new URL(provider.issuer).href}`;
  notes.values.set(key, { metadata, fetchedAt: Date.now() });
  const { client } = createRig(provider, { notes });
  const error = await failure(client.refresh(
    {
      issuer: provider.issuer,
      clientId: provider.clientId,
      accessToken: "a",
      tokenType: "Bearer",
      refreshToken: "r",
      obtainedAt: Date.now(),
    },
    signal,
  ));
  assert.equal(error.reason, "missing_endpoint");
});

Deno.test("noted metadata is that of one issuer, wherever it came from", async () => {
  await using provider = await startProvider();
  const notes = createMemoryNotes();
  const metadataUrl = new URL(`${provider.issuer}/.well-known/openid-configuration`);
  await createRig(provider, { notes, metadataUrl }).client.metadata(signal);
  const other = createRig({ ...provider, issuer: "https://other.test" }, { notes, metadataUrl });
  assert.equal((await failure(other.signIn().credential)).reason, "issuer_mismatch");
});

Deno.test("notes that make no sense are as good as none", async () => {
  await using provider = await startProvider();
  for (
    const value of [null, 7, {}, { metadata: {} }, { metadata: { issuer: 1 }, fetchedAt: "x" }]
  ) {
    const notes = createMemoryNotes();
    notes.values.set(`metadata ${new URL(provider.issuer).href}`, value);
    const { accessToken } = await createRig(provider, { notes }).signIn().credential;
    assert.ok(provider.secrets.access_token.has(accessToken), JSON.stringify(value));
  }
  assert.equal(provider.count("discovery"), 5, "each time it is asked, none of the notes is used");
});

Deno.test("notes that cannot be read or written are no reason to fail", async () => {
  await using provider = await startProvider();
  let refused = 0;
  const broken = () => {
    refused++;
    return Promise.reject(new Error("disk full"));
  };
  const notes = { read: broken, write: broken, remove: broken };
  const credential = await createRig(provider, { notes }).signIn().credential;
  assert.ok(provider.secrets.access_token.has(credential.accessToken));
  await createRig(provider, { notes }).client.refresh(credential, signal);
  assert.ok(refused >= 2, "reading and writing was tried");
});

Deno.test("the metadata is found at RFC 8414's place, and where a setting says", async () => {
  await using provider = await startProvider();
  const wellKnown = `${provider.issuer}/.well-known/openid-configuration`;
  const metadata = await (await fetch(wellKnown)).json();
  for (
    const [place, metadataUrl] of [
      ["/.well-known/oauth-authorization-server", undefined],
      ["/odd/place.json", new URL("/odd/place.json", provider.issuer)],
    ] as const
  ) {
    provider.intercept((request) => {
      if (request.url === place) return { status: 200, body: metadata };
      return request.endpoint === "discovery" ? { status: 404 } : undefined;
    });
    const { accessToken } = await createRig(provider, { metadataUrl }).signIn().credential;
    assert.ok(provider.secrets.access_token.has(accessToken), place);
  }
});

Deno.test("a provider that says nothing of PKCE is warned about once, and refused with strict", async () => {
  await using provider = await startProvider();
  const wellKnown = `${provider.issuer}/.well-known/openid-configuration`;
  const { code_challenge_methods_supported: _, ...metadata } = await (await fetch(wellKnown))
    .json();
  provider.intercept(({ endpoint }) =>
    endpoint === "discovery" ? { status: 200, body: metadata } : undefined
  );
  const rig = createRig(provider);
  await rig.signIn().credential;
  assert.equal(rig.lines.filter((line) => /does not say that it knows PKCE/.test(line)).length, 1);
  const error = await failure(createRig(provider, { strict: true }).signIn().credential);
  assert.equal(error.reason, "no_pkce");
});

Deno.test("endpoints that a provider writes as null count as absent", async () => {
  await using provider = await startProvider();
  const wellKnown = `${provider.issuer}/.well-known/openid-configuration`;
  const metadata = await (await fetch(wellKnown)).json();
  provider.intercept(({ endpoint }) =>
    endpoint === "discovery"
      ? { status: 200, body: { ...metadata, registration_endpoint: null, revocation_endpoint: "" } }
      : undefined
  );
  const { client, signIn } = createRig(provider);
  const credential = await signIn().credential;
  // Nothing is asked of an endpoint that is none.
  assert.deepEqual(await client.revoke(credential, signal), {
    refreshToken: "kept",
    accessToken: "kept",
  });
});

Deno.test("a clock that is off is said once", async () => {
  await using provider = await startProvider();
  const rig = createRig(provider, { now: () => Date.now() + 10 * 60_000 });
  const error = rig.signIn().credential;
  await error;
  const warnings = rig.lines.filter((line) =>
    /the clock of this machine is (599|60[01]) s ahead/.test(line)
  );
  assert.equal(warnings.length, 1);
});

Deno.test("metadata is noted by its issuer and its place, and by which document comes first", async () => {
  await using provider = await startProvider();
  const { issuer } = provider;
  const metadataUrl = new URL(`${issuer}/.well-known/openid-configuration`);
  const href = new URL(issuer).href;
  for (
    const [options, name] of [
      [{}, `metadata ${href}`],
      [{ oauthMetadataFirst: true }, `oauth-metadata ${href}`],
      [{ metadataUrl }, `metadata ${href} ${metadataUrl.href}`],
      // There is but one document then.
      [{ metadataUrl, oauthMetadataFirst: true }, `metadata ${href} ${metadataUrl.href}`],
    ] as const
  ) {
    const notes = createMemoryNotes();
    await createRig(provider, { notes, ...options }).client.metadata(signal);
    assert.deepEqual([...notes.values.keys()].filter((key) => key.includes("metadata")), [name]);
  }
});
