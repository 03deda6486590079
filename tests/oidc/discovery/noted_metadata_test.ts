/**
 * How a provider's metadata is learned, noted and completed; without a sign-in.
 *
 * @module
 */
import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { silentLog } from "../../../src/cli/doctor/silent_log.ts";
import type { OidcClientOptions } from "../../../src/oidc/client_options.ts";
import { type LearningOptions, learnMetadata } from "../../../src/oidc/discovery/learn_metadata.ts";
import {
  type Answer,
  brokenNotes,
  createMemoryNotes,
  createNetwork,
  type Sent,
} from "../network.ts";
import { failure } from "../rig.ts";

const issuer = "https://auth.test";
const oauth = `${issuer}/.well-known/oauth-authorization-server`;
const openid = `${issuer}/.well-known/openid-configuration`;
const day = 24 * 60 * 60_000;
const now = Date.UTC(2026, 10, 26);
const full = {
  issuer,
  authorization_endpoint: `${issuer}/authorize`,
  token_endpoint: `${issuer}/token`,
};
const key = `metadata ${issuer}/`;

function rig(documents: Record<string, (sent: Sent) => Answer> = { [openid]: () => full }) {
  const notes = createMemoryNotes();
  const network = createNetwork((sent) => documents[sent.url.href]?.(sent));
  return {
    notes,
    network,
    learn: (
      options: Partial<OidcClientOptions> = {},
      how: Partial<LearningOptions> = {},
    ) =>
      learnMetadata({
        issuerUrl: new URL(issuer),
        clientId: "client",
        scopes: [],
        redirectUrls: [],
        loginTimeout: 0,
        log: silentLog,
        notes,
        ...options,
      }, {
        fetch: network.fetch,
        signal: new AbortController().signal,
        maxAge: day,
        now: () => now,
        ...how,
      }),
  };
}

Deno.test("metadata is asked for, noted for a day, and then found", async () => {
  const { learn, notes, network } = rig();
  const learned = { metadata: full, place: openid, refused: {}, fetchedAt: now };
  assert.deepEqual(await learn(), learned);
  assert.deepEqual(Object.fromEntries(notes.values), { [key]: learned });
  assert.equal(notes.lifetimes.get(key), day);
  assert.deepEqual(await learn({}, { now: () => now + 1_000 }), learned);
  assert.equal(network.sent.length, 1);
});

Deno.test("noted metadata counts as long as it is young enough", async () => {
  const rows: [Partial<LearningOptions>, boolean][] = [
    [{ maxAge: 1_000, now: () => now + 999 }, true],
    [{ maxAge: 1_000, now: () => now + 1_000 }, false],
    [{ maxAge: 1 }, true],
    [{ maxAge: 0 }, false],
  ];
  for (const [how, isGood] of rows) {
    const { learn, network } = rig();
    await learn();
    await learn({}, how);
    assert.equal(network.sent.length, isGood ? 1 : 2, JSON.stringify(how));
  }
});

Deno.test("without any age that is good enough, notes are not even read", async () => {
  const { learn } = rig();
  const read = () => assert.fail("it is read");
  await learn({ notes: { ...createMemoryNotes(), read } }, { maxAge: 0 });
});

Deno.test("what is no metadata in the notes is passed over", async () => {
  const none = [
    null,
    "text",
    {},
    { metadata: full },
    { fetchedAt: now },
    { metadata: { issuer: 7 }, fetchedAt: now },
    { metadata: full, fetchedAt: "now" },
    { metadata: full, fetchedAt: String(now) },
  ];
  for (const value of none) {
    const { learn, notes, network } = rig();
    notes.values.set(key, value);
    await learn();
    assert.equal(network.sent.length, 1, JSON.stringify(value));
  }
});

Deno.test("without notes, or with notes that fail, the provider is asked", async () => {
  for (const notes of [undefined, brokenNotes]) {
    const { learn } = rig();
    assert.deepEqual((await learn({ notes })).metadata, full);
  }
});

Deno.test("which document is noted, and which comes first, goes by what is set", async () => {
  const place = "https://else.test/x";
  const metadataUrl = new URL(place);
  const rows: [Partial<OidcClientOptions>, string, string][] = [
    [{}, key, openid],
    [{ oauthMetadataFirst: true }, `oauth-metadata ${issuer}/`, oauth],
    [{ metadataUrl }, `${key} ${place}`, place],
    [{ metadataUrl, oauthMetadataFirst: true }, `${key} ${place}`, place],
  ];
  for (const [options, name, asked] of rows) {
    const { learn, notes, network } = rig({
      [openid]: () => full,
      [oauth]: () => full,
      [place]: () => full,
    });
    assert.equal((await learn(options)).place, asked);
    assert.deepEqual([...notes.values.keys()], [name]);
    assert.deepEqual(network.urls(), [asked]);
  }
});

Deno.test("a template is an issuer where that is set", async () => {
  const { learn } = rig({
    [`${issuer}/common/.well-known/openid-configuration`]: () => ({
      ...full,
      issuer: `${issuer}/{tenantid}`,
    }),
  });
  const { metadata } = await learn({
    issuerUrl: new URL(`${issuer}/common`),
    issuerTemplate: true,
  });
  assert.equal(metadata.issuer, `${issuer}/{tenantid}`);
});

Deno.test("what a flow needs must be there, also in what was noted for another one", async () => {
  const { authorization_endpoint: _, ...withoutPage } = full;
  const { token_endpoint: _token, ...withoutToken } = full;
  const unsafeKeys = { ...full, jwks_uri: "http://insecure.test/" };
  const withKeys = { scopes: ["openid"] };
  const rows: [Record<string, unknown>, Partial<OidcClientOptions>, string | undefined][] = [
    [withoutPage, {}, "missing_endpoint"],
    [withoutPage, { flow: "browser" }, "missing_endpoint"],
    [withoutPage, { flow: "device" }, undefined],
    [withoutPage, { flow: "client-credentials" }, undefined],
    [withoutPage, { flow: "workload" }, undefined],
    [withoutToken, {}, "missing_endpoint"],
    [withoutToken, { flow: "client-credentials" }, "missing_endpoint"],
    [unsafeKeys, {}, undefined],
    [unsafeKeys, withKeys, "unsafe_endpoint"],
    [unsafeKeys, { ...withKeys, flow: "device" }, "unsafe_endpoint"],
    [unsafeKeys, { ...withKeys, flow: "client-credentials" }, undefined],
  ];
  for (const [metadata, options, reason] of rows) {
    const asked = rig({ [openid]: () => ({ ...metadata }) });
    const noted = rig();
    noted.notes.values.set(key, { metadata: { ...metadata }, fetchedAt: now, place: openid });
    const old = rig();
    old.notes.values.set(key, { metadata: { ...metadata }, fetchedAt: now });
    for (const { learn } of [asked, noted, old]) {
      if (reason === undefined) await learn(options);
      else {
        const error = await failure(learn(options));
        assert.equal(error.reason, reason, JSON.stringify([metadata, options]));
        const source = learn === old.learn ? `${issuer}/` : openid;
        assert.ok(error.what.startsWith(`the metadata at ${source} has `), error.what);
      }
    }
  }
});

Deno.test("metadata is noted before anybody uses it", async () => {
  const { learn, notes } = rig();
  let isNoted = false;
  const slow = {
    ...notes,
    async write() {
      await setImmediate();
      isNoted = true;
    },
  };
  await learn({ notes: slow });
  assert.ok(isNoted);
});

Deno.test("what older versions noted is checked now", async () => {
  const { learn, notes } = rig();
  const unsafe = { ...full, revocation_endpoint: "http://x.test/" };
  notes.values.set(key, { metadata: unsafe, fetchedAt: now });
  const { metadata, refused } = await learn();
  assert.equal(metadata.revocation_endpoint, undefined);
  assert.deepEqual(Object.keys(refused!), ["revocation_endpoint"]);
});

Deno.test("what was refused is noted, and known again", async () => {
  const { learn } = rig({ [openid]: () => ({ ...full, revocation_endpoint: "http://x.test/" }) });
  const refused = {
    revocation_endpoint: `the metadata at ${openid} has "http://x.test/" as its ` +
      "revocation_endpoint, which is not https",
  };
  assert.deepEqual((await learn()).refused, refused);
  assert.deepEqual((await learn()).refused, refused);
  const needed = rig();
  const { token_endpoint: _, ...metadata } = full;
  const before = { token_endpoint: "it was bad" };
  needed.notes.values.set(key, { metadata, fetchedAt: now, place: openid, refused: before });
  const error = await failure(needed.learn());
  assert.deepEqual([error.reason, error.what], ["unsafe_endpoint", "it was bad"]);
});

const device = { device_authorization_endpoint: `${issuer}/device` };
const both = {
  [openid]: () => full,
  [oauth]: () => ({ ...full, ...device, revocation_endpoint: "http://x.test/" }),
};
const wanted = ["device_authorization_endpoint", "token_endpoint"] as const;

Deno.test("members that are missing are looked for in the other documents, once", async () => {
  const { learn, network, notes } = rig(both);
  const learned = await learn({}, { wanted });
  assert.deepEqual(learned, {
    metadata: { ...full, ...device },
    place: openid,
    refused: {
      revocation_endpoint: `the metadata at ${oauth} has "http://x.test/" as its ` +
        "revocation_endpoint, which is not https",
    },
    fetchedAt: now,
    complete: true,
  });
  assert.deepEqual(notes.values.get(key), learned);
  assert.deepEqual(network.urls(), [openid, oauth]);
  await learn({}, { wanted: ["registration_endpoint"] });
  assert.equal(network.sent.length, 2, "there is no other document to ask");
});

Deno.test("nobody asks for what is there, nor where one document is meant", async () => {
  const { learn, network } = rig({ ...both, "https://else.test/x": () => full });
  await learn({}, { wanted: ["token_endpoint"] });
  assert.deepEqual(network.urls(), [openid]);
  const metadataUrl = new URL("https://else.test/x");
  assert.deepEqual((await learn({ metadataUrl }, { wanted })).metadata, full);
  assert.deepEqual(network.urls(), [openid, "https://else.test/x"]);
});

Deno.test("what is known already is not asked for again", async () => {
  const { learn, network } = rig(both);
  const known = { metadata: full, fetchedAt: 7, place: openid };
  assert.equal(await learn({}, { known }), known);
  const learned = await learn({}, { known, wanted });
  assert.deepEqual([learned.fetchedAt, learned.complete], [7, true]);
  assert.deepEqual(network.urls(), [oauth]);
});

Deno.test("other documents that cannot be asked are an error only where that is wanted", async () => {
  const defect = new TypeError("the network is gone");
  const failing = {
    [openid]: () => full,
    [oauth]: () => {
      throw defect;
    },
  };
  const { learn } = rig(failing);
  const learned = await learn({}, { wanted });
  assert.deepEqual([learned.metadata, learned.complete], [full, undefined]);
  await assert.rejects(learn({}, { wanted, strict: true }), (error) => error === defect);
  const stop = new AbortController();
  const stopped = rig({
    [openid]: () => full,
    [oauth]() {
      stop.abort(new Error("enough"));
      throw defect;
    },
  });
  await assert.rejects(
    stopped.learn({}, { wanted, signal: stop.signal }),
    /^Error: enough$/,
  );
});
