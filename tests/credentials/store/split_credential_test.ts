import assert from "node:assert/strict";
import type { Credential } from "../../../src/base/credential.ts";
import { joinCredential } from "../../../src/credentials/store/join_credential.ts";
import { keys, placeOf } from "../../../src/credentials/store/keys.ts";
import type {
  CredentialRecord,
  HeadRecord,
} from "../../../src/credentials/store/credential_record.ts";
import { largestValue, splitCredential } from "../../../src/credentials/store/split_credential.ts";
import { identity } from "../room.ts";
import { scriptedFlows } from "../scripted_flows.ts";
import { type MemoryStore, openMemoryStore } from "./memory_store.ts";

const digest = "d1";
const place = placeOf(keys.credential(digest));

function recordOf(fields: Partial<Credential>): CredentialRecord {
  return { identity, credential: scriptedFlows(() => 0).grant(fields), rotates: true };
}

/** A record that becomes so many bytes when it is sealed. */
async function recordOfSize(size: number, { seal }: MemoryStore): Promise<CredentialRecord> {
  const empty = (await seal.seal(recordOf({ accessToken: "" }), place)).length;
  return recordOf({ accessToken: "x".repeat(size - empty) });
}

/** Splits it, and puts the parts where they belong. */
async function split(record: CredentialRecord, store: MemoryStore) {
  const { head, parts } = await splitCredential(record, { seal: store.seal, digest });
  for (const { key, value } of parts) await store.kv.set(key, value);
  const opened = (await store.seal.open<HeadRecord>(head, place))!;
  const join = (head: HeadRecord = opened) => joinCredential(head, { ...store, digest });
  return { head: opened, parts, join };
}

Deno.test("what fits into one value stays whole, to the last byte", async () => {
  using store = await openMemoryStore();
  const record = await recordOfSize(largestValue, store);
  const { head, parts, join } = await split(record, store);
  assert.deepEqual(head, record);
  assert.deepEqual(parts, []);
  assert.deepEqual(await join(), record);
});

Deno.test("what does not fit lies in parts, and its head has no secret and nothing long", async () => {
  using store = await openMemoryStore();
  const short = { sub: "ada" };
  const secrets = {
    refreshToken: "refresh-secret",
    idToken: "id-secret",
    dpopKey: { kty: "EC", d: "key-secret" },
    accessToken: `access-secret${"x".repeat(130_000)}`,
  };
  const record = recordOf({ ...secrets, claims: short, scope: "openid" });
  const { head, parts, join } = await split(record, store);
  const { issuer, clientId, tokenType, obtainedAt, expiresAt } = record.credential;
  const id = head.parts!.id;
  assert.match(id, /^[\da-f-]{36}$/);
  assert.deepEqual(head, {
    identity,
    rotates: true,
    credential: {
      issuer,
      clientId,
      tokenType,
      obtainedAt,
      expiresAt,
      claims: short,
      scope: "openid",
    },
    parts: { id, count: 3 },
  });
  assert.deepEqual(parts.map(({ key }) => key), [0, 1, 2].map((at) => [2, "part", digest, id, at]));
  assert.ok(parts.every(({ value }) => value.length <= largestValue));
  const { parts: _, ...rest } = head;
  assert.deepEqual(await join(), { ...rest, credential: record.credential });
});

Deno.test("a member of 4,096 characters is in the head, a longer one in the parts alone", async () => {
  using store = await openMemoryStore();
  const quotes = 2;
  for (const [length, isShown] of [[4_096 - quotes, true], [4_097 - quotes, false]] as const) {
    const scope = "s".repeat(length);
    const { head, join } = await split(recordOf({ accessToken: "x".repeat(70_000), scope }), store);
    assert.equal(head.credential.scope, isShown ? scope : undefined);
    assert.equal((await join())?.credential.scope, scope);
  }
});

Deno.test("a text whose characters take more bytes is cut into smaller parts", async () => {
  using store = await openMemoryStore();
  const record = recordOf({ claims: { groups: "€".repeat(60_000) } });
  const { parts, join } = await split(record, store);
  assert.ok(parts.every(({ value }) => value.length <= largestValue));
  assert.ok(parts.length >= 4 && parts.length <= 8, `${parts.length} parts`);
  assert.deepEqual((await join())?.credential, record.credential);
});

Deno.test("64 parts are stored, and one more is too many", async () => {
  using store = await openMemoryStore();
  const around = JSON.stringify(recordOf({ accessToken: "" }).credential).length;
  const largest = recordOf({ accessToken: "x".repeat(64 * 60_000 - around) });
  assert.equal((await split(largest, store)).parts.length, 64);
  const more = recordOf({ accessToken: "x".repeat(64 * 60_000 - around + 1) });
  const size = (await store.seal.seal(more, place)).length;
  await assert.rejects(split(more, store), {
    category: "Authentication error",
    what: `the provider's tokens are too large to be stored (${size} bytes, 4194304 at most)`,
    fix:
      "request fewer scopes, or configure the provider to put fewer claims (groups, roles) into " +
      "its tokens",
    reason: "credential_too_large",
  });
  const claims = Object.fromEntries(
    Array.from({ length: 20 }, (_, at) => [`claim-${at}`, "c".repeat(4_000)]),
  );
  const { accessToken, ...rest } = claims;
  assert.equal(accessToken, undefined);
  // A head of many members that are each short enough is too large, too.
  await assert.rejects(split(recordOf(rest as Partial<Credential>), store), {
    reason: "credential_too_large",
  });
});

Deno.test("nobody finds half of a credential", async () => {
  using store = await openMemoryStore();
  const record = recordOf({ accessToken: "x".repeat(130_000) });
  const { head, parts, join } = await split(record, store);
  await store.kv.delete(parts[2].key);
  assert.equal(await join(), undefined);
  await store.kv.set(parts[2].key, await store.seal.seal(7, placeOf(parts[2].key)));
  assert.equal(await join(), undefined);
  await store.kv.set(parts[2].key, await store.seal.seal("x", placeOf(parts[1].key)));
  assert.equal(await join(), undefined);
  await store.kv.set(parts[2].key, await store.seal.seal("no end", placeOf(parts[2].key)));
  assert.equal(await join(), undefined);
  // What another one has begun to write beside it is not read.
  await store.kv.set(parts[2].key, parts[2].value);
  await store.kv.set(keys.part(digest, { id: head.parts!.id, at: 3 }), parts[2].value);
  assert.deepEqual((await join())?.credential, record.credential);
});

Deno.test("a head without parts is a credential when it has a token", async () => {
  using store = await openMemoryStore();
  const join = (head: HeadRecord) => joinCredential(head, { ...store, digest });
  const whole = recordOf({});
  assert.deepEqual(await join(whole), whole);
  assert.equal(await join({ identity, credential: { issuer: "https://auth.test" } }), undefined);
  assert.equal(await join({ identity } as unknown as HeadRecord), undefined);
});
