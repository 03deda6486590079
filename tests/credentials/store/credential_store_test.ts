import assert from "node:assert/strict";
import type { Credential, PendingDevice } from "../../../src/base/credential.ts";
import { redact } from "../../../src/base/redactor.ts";
import { nextTurn } from "../../../src/base/timer.ts";
import {
  type Cooldown,
  createCredentialStore,
  type CredentialStoreOptions,
} from "../../../src/credentials/store/credential_store.ts";
import type { Identity } from "../../../src/credentials/identity.ts";
import { keys, placeOf } from "../../../src/credentials/store/keys.ts";
import { decodeRecord, encodeRecord } from "../../../src/credentials/store/record.ts";
import { recordLog } from "../../support/recorded_log.ts";
import { identity } from "../room.ts";
import { scriptedFlows } from "../scripted_flows.ts";
import { type MemoryStore, openMemoryStore } from "./memory_store.ts";

const digest = "d1";
const flows = scriptedFlows(() => 0);
const ada = flows.grant();

/** The store of one identity, with what is needed to look into it. */
function storeOf(memory: MemoryStore, options: Partial<CredentialStoreOptions> = {}) {
  const { log, lines } = recordLog();
  const store = createCredentialStore({ ...memory, identity, digest, log, ...options });
  const has = async (key: Deno.KvKey) => (await memory.kv.get(key)).versionstamp !== null;
  const put = (...all: Deno.KvKey[]) =>
    Promise.all(all.map((key) => memory.kv.set(key, encodeRecord("x"))));
  return { store, lines, has, put };
}

const beside = [
  keys.spending(digest),
  keys.pending(digest),
  keys.device(digest),
  keys.plainCooldown(digest, "sign-in"),
  keys.plainCooldown(digest, "refresh"),
  keys.cooldown(digest, "sign-in"),
  keys.cooldown(digest, "refresh"),
];

Deno.test("what is stored is read, and is secret from then on", async () => {
  using memory = await openMemoryStore();
  const { store, lines } = storeOf(memory);
  assert.equal(store.digest, digest);
  assert.equal(await store.read(), undefined);
  const credential = flows.grant({ accessToken: "access-that-is-stored" });
  await store.complete(credential);
  assert.equal(redact("access-that-is-stored"), "[redacted]");
  const { versionstamp } = await memory.kv.get(keys.credential(digest));
  assert.deepEqual(await store.read(), {
    credential,
    versionstamp,
    generation: 0,
    rotates: undefined,
    maybeSpent: false,
    spendingStamp: null,
  });
  assert.deepEqual(lines, []);
});

Deno.test("a sign-in forgets what it took to get there, and what held it back", async () => {
  using memory = await openMemoryStore();
  const { store, put } = storeOf(memory);
  await put(...beside, keys.cooldown("d2", "sign-in"));
  await store.complete(ada);
  const left = (await memory.keys()).map((key) => key.join(" "));
  assert.deepEqual(left, ["2 cooldown d2 sign-in", "2 credential d1"]);
});

Deno.test("what is derived is noted under the sign-in that it comes of", async () => {
  using memory = await openMemoryStore();
  const { store, has } = storeOf(memory, { base: "b1" });
  await store.complete(ada);
  assert.ok(await has(keys.derived("b1", digest)));
  const plain = storeOf(memory, { digest: "d2" });
  await plain.store.complete(ada);
  assert.deepEqual((await memory.keys()).filter(([, kind]) => kind === "derived"), [
    keys.derived("b1", digest),
  ]);
});

const derivedRows: [
  what: string,
  before: Partial<Credential> | undefined,
  after: Partial<Credential>,
  stays: boolean,
][] = [
  ["the same person signs in again", {}, {}, true],
  ["another person does", {}, { claims: { sub: "bob" } }, false],
  ["nobody can tell who does", {}, { claims: undefined }, false],
  ["nobody could tell who was signed in", { claims: undefined }, { claims: undefined }, false],
  ["nobody was signed in", undefined, {}, false],
];
for (const [what, before, after, stays] of derivedRows) {
  Deno.test(`what is derived of a sign-in ${stays ? "stays" : "goes"} when ${what}`, async () => {
    using memory = await openMemoryStore();
    const base = storeOf(memory, { digest: "b1" });
    if (before) await base.store.complete(flows.grant(before));
    await storeOf(memory, { base: "b1" }).store.complete(ada);
    await base.store.complete(flows.grant(after));
    assert.equal(await base.has(keys.credential(digest)), stays);
    assert.equal(await base.has(keys.derived("b1", digest)), stays);
  });
}

const accounts: [what: string, account: unknown, stays: boolean][] = [
  ["of the same account", { account: '["https://auth.example/","ada"]' }, true],
  ["of another account", { account: '["https://auth.example/","bob"]' }, false],
  ["of nobody", {}, false],
];
for (const [what, record, stays] of accounts) {
  Deno.test(`a key of files ${what} ${stays ? "stays" : "goes"} with a sign-in`, async () => {
    using memory = await openMemoryStore();
    const { store, has } = storeOf(memory);
    const key = keys.accountKey(digest);
    await memory.kv.set(key, await memory.seal.seal(record, placeOf(key)));
    await store.complete(ada);
    assert.equal(await has(key), stays);
  });
}

Deno.test("a key of files that cannot be opened goes with a sign-in", async () => {
  using memory = await openMemoryStore();
  const seal = {
    ...memory.seal,
    open: () => Promise.reject(new Error("the keychain is locked")),
  };
  const { store, has, put } = storeOf(memory, { seal });
  await put(keys.accountKey(digest));
  await store.complete(ada);
  assert.equal(await has(keys.accountKey(digest)), false);
});

Deno.test("a credential that cannot be decrypted is told once for each that is found", async () => {
  using memory = await openMemoryStore();
  const { store, lines, put } = storeOf(memory);
  await put(keys.credential(digest));
  for (let time = 0; time < 2; time++) assert.equal(await store.read(), undefined);
  const warning = "[warn] the stored credential cannot be decrypted: its key is lost or another " +
    "one. Fix: sign in again.";
  assert.deepEqual(lines, [warning]);
  await put(keys.credential(digest));
  assert.equal(await store.read(), undefined);
  assert.deepEqual(lines, [warning, warning]);
});

Deno.test("a refresh token that is being spent is told, unless it stays the same", async () => {
  using memory = await openMemoryStore();
  const { store, has } = storeOf(memory);
  await store.complete(ada);
  const stored = (await store.read())!;
  assert.equal(await store.beginSpending(stored), true);
  assert.ok(await has(keys.spending(digest)));
  const spending = (await store.read())!;
  assert.equal(spending.maybeSpent, true);
  assert.equal(spending.spendingStamp, (await memory.kv.get(keys.spending(digest))).versionstamp);
  assert.equal(await store.beginSpending(stored), false, "somebody was here since");
  assert.equal(await store.beginSpending(spending), true);
  await store.endSpending();
  assert.equal((await store.read())!.maybeSpent, false);

  const kept = flows.grant({ refreshToken: ada.refreshToken });
  assert.equal(await store.replace((await store.read())!, kept), true);
  const same = (await store.read())!;
  assert.equal(same.rotates, false);
  await store.beginSpending(same);
  assert.equal((await store.read())!.maybeSpent, false, "the provider gives the same one again");
});

Deno.test("only one's own note of spending is taken back", async () => {
  using memory = await openMemoryStore();
  const [one, other] = [storeOf(memory), storeOf(memory)];
  await one.store.complete(ada);
  await one.store.beginSpending((await one.store.read())!);
  await other.store.endSpending();
  assert.ok(await one.has(keys.spending(digest)));
  await other.store.beginSpending((await other.store.read())!);
  await one.store.endSpending();
  assert.ok(await one.has(keys.spending(digest)), "it is another one's now");
  await other.store.endSpending();
  assert.equal(await one.has(keys.spending(digest)), false);
});

const next = (fields: Partial<Credential> = {}) => flows.grant({ obtainedAt: 1, ...fields });
const rotations: [
  what: string,
  after: Credential,
  before: boolean | undefined,
  rotates: unknown,
][] = [
  ["another refresh token", next({ refreshToken: "r-2" }), undefined, true],
  ["the same refresh token", next({ refreshToken: ada.refreshToken }), true, false],
  [
    "the same credential with another refresh token",
    { ...ada, refreshToken: "r-2" },
    undefined,
    true,
  ],
  ["the same credential without one", { ...ada, refreshToken: undefined }, true, true],
  [
    "the same credential without one, and nothing known",
    { ...ada, refreshToken: undefined },
    undefined,
    false,
  ],
];
for (const [what, after, before, rotates] of rotations) {
  Deno.test(`whether the provider rotates refresh tokens is seen by ${what}`, async () => {
    using memory = await openMemoryStore();
    const { store } = storeOf(memory);
    await store.complete(ada);
    const stored = { ...(await store.read())!, rotates: before };
    assert.equal(await store.replace(stored, after), true);
    const found = (await store.read())!;
    assert.deepEqual(found.credential, JSON.parse(JSON.stringify(after)));
    assert.equal(found.rotates ?? false, rotates);
  });
}

Deno.test("a refresh forgets what held refreshes back; sealing anew forgets nothing", async () => {
  using memory = await openMemoryStore();
  const { store, put, has } = storeOf(memory);
  await store.complete(ada);
  await put(...beside);
  const stored = (await store.read())!;
  assert.equal(await store.replace(stored, stored.credential), true);
  for (const key of beside) assert.ok(await has(key), key.join(" "));
  assert.equal(await store.replace(stored, next()), false, "it is no longer what was read");
  assert.equal(await store.replace((await store.read())!, next()), true);
  const left = await Promise.all(beside.map(has));
  assert.deepEqual(left, [false, true, true, true, false, true, false]);
});

Deno.test("what was removed meanwhile is not stored again, what was lost with its database is", async () => {
  using memory = await openMemoryStore();
  const clock = { generation: 0 };
  const database = Object.defineProperty({ ...memory.database }, "generation", {
    get: () => clock.generation,
  });
  const { store, has } = storeOf(memory, { database });
  await store.complete(ada);
  const stored = (await store.read())!;
  await memory.kv.delete(keys.credential(digest));
  assert.equal(await store.replace(stored, next()), false);
  assert.equal(await store.beginSpending(stored), false);
  clock.generation = 1;
  assert.equal(await store.beginSpending(stored), true);
  assert.ok(await has(keys.spending(digest)));
  assert.equal(await store.replace(stored, next()), true);
  assert.equal(await store.replace(stored, next()), false, "somebody has signed in since");
});

Deno.test("a credential is removed with its parts, unless something newer is there", async () => {
  using memory = await openMemoryStore();
  let scrubs = 0;
  const database = { ...memory.database, scrub: () => nextTurn().then(() => void scrubs++) };
  const { store, put } = storeOf(memory, { database });
  await store.complete(ada);
  const stored = (await store.read())!;
  await put(keys.spending(digest), keys.part(digest, { id: "i", at: 0 }), keys.pending(digest));
  await put(keys.part("d2", { id: "i", at: 0 }));
  await store.replace(stored, next());
  assert.equal(await store.remove(stored), false);
  assert.equal(scrubs, 0);
  await put(keys.spending(digest), keys.part(digest, { id: "j", at: 0 }));
  assert.equal(await store.remove((await store.read())!), true);
  assert.equal(scrubs, 1);
  assert.deepEqual((await memory.keys()).map((key) => key.join(" ")), [
    "2 part d2 i 0",
    "2 pending d1",
  ]);
});

const times = { startedAt: 1_000, expiresAt: 61_000 };
const pending = {
  pending: {
    issuer: "https://auth.example/",
    authorizationUrl: "https://auth.example/authorize",
    redirectUrl: "http://localhost:8080/",
    state: "s",
    nonce: "n",
    codeVerifier: "v",
    ...times,
  },
  attendedAt: 1_000,
};
const device: PendingDevice = {
  issuer: "https://auth.example/",
  clientId: "client",
  deviceCode: "d",
  userCode: "u",
  verificationUrl: "https://auth.example/device",
  interval: 5_000,
  codeVerifier: "v",
  ...times,
};

Deno.test("requests and device codes are kept until they are over, and forgotten together", async () => {
  using memory = await openMemoryStore();
  const lifetimes: unknown[] = [];
  const set = memory.kv.set.bind(memory.kv);
  memory.kv.set = async (key, value, options) => {
    lifetimes.push(options?.expireIn);
    await nextTurn();
    return await set(key, value, options);
  };
  const { store } = storeOf(memory);
  assert.deepEqual([await store.readPending(), await store.readDevice()], [undefined, undefined]);
  await store.writePending(pending);
  await store.writeDevice({ device });
  assert.deepEqual([await store.readPending(), await store.readDevice()], [pending, { device }]);
  const over = { startedAt: 61_000, expiresAt: 61_000 };
  await store.writePending({ ...pending, pending: { ...pending.pending, ...over } });
  await store.writeDevice({ device: { ...device, ...over } });
  assert.deepEqual(lifetimes, [60_000, 60_000, 1, 1]);
  await store.removePending();
  assert.deepEqual(await memory.keys(), []);
});

Deno.test("a request that is too long is an error, a device code that is too long is not stored", async () => {
  using memory = await openMemoryStore();
  const { store } = storeOf(memory);
  const place = placeOf(keys.pending(digest));
  const size = (await memory.seal.seal(pending, place)).length;
  const sized = (length: number) => ({
    ...pending,
    pending: { ...pending.pending, nonce: "n".repeat(length - size + 1) },
  });
  await store.writePending(sized(65_536));
  await assert.rejects(store.writePending(sized(65_537)), {
    category: "Configuration error",
    what: "the authorization request is too long to be stored (65537 bytes, 65536 at most)",
    fix: "request fewer scopes in OIDC_SCOPES, or shorten OIDC_AUTH_PARAMS",
    reason: "request_too_large",
  });
  const devicePlace = placeOf(keys.device(digest));
  const deviceSize = (await memory.seal.seal({ device }, devicePlace)).length;
  const long = (length: number) => ({
    device: { ...device, deviceCode: "d".repeat(length - deviceSize + 1) },
  });
  await store.writeDevice(long(65_537));
  assert.equal(await store.readDevice(), undefined);
  await store.writeDevice(long(65_536));
  assert.ok(await store.readDevice());
});

const cooldown: Cooldown = {
  failures: 2,
  until: 9_000,
  failedAt: 1_000,
  category: "Network error",
  what: "what the provider said",
  todo: "ask it",
};

Deno.test("a cooldown is read as it was written, and in the clear says nothing of what was said", async () => {
  using memory = await openMemoryStore();
  const { store } = storeOf(memory);
  assert.equal(await store.readCooldown("refresh"), undefined);
  await store.writeCooldown("refresh", cooldown);
  assert.deepEqual(await store.readCooldown("refresh"), cooldown);
  assert.equal(await store.readCooldown("sign-in"), undefined);
  const key = keys.plainCooldown(digest, "refresh");
  const plain = { ...cooldown, what: "the last refresh failed", todo: "try again" };
  assert.deepEqual(decodeRecord((await memory.kv.get(key)).value), plain);
  // An older program has written since, or the sealed one cannot be opened.
  await memory.kv.set(key, encodeRecord({ ...plain, failedAt: 2_000 }));
  assert.deepEqual(await store.readCooldown("refresh"), { ...plain, failedAt: 2_000 });
  await memory.kv.set(key, encodeRecord(plain));
  await memory.kv.set(keys.cooldown(digest, "refresh"), encodeRecord("x"));
  assert.deepEqual(await store.readCooldown("refresh"), plain);
  await memory.kv.delete(keys.cooldown(digest, "refresh"));
  assert.deepEqual(await store.readCooldown("refresh"), plain);
  await store.writeCooldown("refresh", cooldown);
  await memory.kv.delete(key);
  assert.equal(await store.readCooldown("refresh"), undefined);
});

Deno.test("a use is noted to ten minutes", async () => {
  using memory = await openMemoryStore();
  const { store } = storeOf(memory);
  const noted = async () => decodeRecord((await memory.kv.get(keys.used(digest))).value);
  await store.noteUse(1_000_000);
  assert.equal(await noted(), 1_000_000);
  for (const at of [1_599_999, 400_001]) {
    await store.noteUse(at);
    assert.equal(await noted(), 1_000_000);
  }
  await store.noteUse(1_600_000);
  assert.equal(await noted(), 1_600_000);
  await store.noteUse(1_000_000);
  assert.equal(await noted(), 1_000_000, "the clock was set back");
});

Deno.test("what is found when the database opens is sealed anew where it should be", async () => {
  for (const isCurrent of [true, false]) {
    using memory = await openMemoryStore();
    await storeOf(memory).store.complete(ada);
    const entry = await memory.kv.get(keys.credential(digest));
    let scrubs = 0;
    const database = {
      ...memory.database,
      prefetched: entry,
      scrub: () => nextTurn().then(() => void scrubs++),
    };
    const { store } = storeOf(memory, {
      database,
      seal: { ...memory.seal, isCurrent: () => isCurrent },
    });
    const found = await store.first();
    assert.deepEqual(found?.credential, ada);
    assert.equal(found?.versionstamp === entry.versionstamp, isCurrent);
    assert.equal(scrubs, isCurrent ? 0 : 1);
  }
  using memory = await openMemoryStore();
  assert.equal(await storeOf(memory).store.first(), undefined);
});

Deno.test("a credential whose parts were replaced while it was read is read once more", async () => {
  using memory = await openMemoryStore();
  const { store, lines } = storeOf(memory);
  const large = (text: string): Credential => flows.grant({ accessToken: text.repeat(70_000) });
  await store.complete(large("a"));
  const replacement = large("b");
  let isFirst = true;
  const seal = {
    ...memory.seal,
    async open<T>(sealed: unknown, place: string) {
      const opened = await memory.seal.open<T>(sealed, place);
      if (isFirst) {
        isFirst = false;
        await store.replace((await store.read())!, replacement);
      }
      return opened;
    },
  };
  const slow = storeOf(memory, { seal });
  assert.deepEqual((await slow.store.read())?.credential, replacement);
  assert.deepEqual([lines, slow.lines], [[], []]);
});

const other: Identity = { ...identity, authorizationParameters: { "(flow)": "workload" } };

Deno.test("what is stored says whose it is", async () => {
  using memory = await openMemoryStore();
  await storeOf(memory, { identity: other }).store.complete(ada);
  const { value } = await memory.kv.get(keys.credential(digest));
  const place = placeOf(keys.credential(digest));
  assert.deepEqual(await memory.seal.open(value, place), { identity: other, credential: ada });
});
