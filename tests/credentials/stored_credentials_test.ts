import assert from "node:assert/strict";
import { join } from "node:path";
import {
  listStoredIdentities,
  removeStoredCredentials,
} from "../../src/credentials/stored_credentials.ts";
import { asking, background, identity, reasonOf, Room } from "./room.ts";
import { flowError } from "./scripted_flows.ts";

Deno.test("without a store there is nothing to list or remove, and none is made", async () => {
  await using room = new Room();
  assert.deepEqual(await listStoredIdentities(room), []);
  assert.deepEqual(await removeStoredCredentials(room), []);
  assert.deepEqual([...Deno.readDirSync(room.home)], []);
});

Deno.test("all stored identities are listed, with everything but what is secret", async () => {
  await using room = new Room();
  await room.source().current(asking());
  await room.source({ profile: "work", scopes: ["openid", "email"] }).current(asking());
  room.time += 1_000;
  await room.closeAll();
  const listed = await listStoredIdentities(room);
  assert.equal(listed.length, 2);
  const found = listed.find((stored) => stored.identity?.profile === "default");
  assert.deepEqual(found, {
    identity,
    claims: { sub: "ada", email: "ada@example.com" },
    scope: undefined,
    obtainedAt: room.time - 1_000,
    expiresAt: room.time - 1_000 + 3_600_000,
    renewable: true,
    lastUsedAt: room.time - 1_000,
    encryption: "file",
    file: join(room.cacheDir, "cache.db"),
  });
  assert.ok(!/(access|refresh)-\d/.test(JSON.stringify(listed)));
});

Deno.test("what cannot be decrypted is listed as such, and can be removed", async () => {
  await using room = new Room();
  await room.source().current(asking());
  await room.closeAll();
  await Deno.remove(join(room.cacheDir, "cache.key"));
  const [stored] = await listStoredIdentities(room);
  assert.equal(stored.identity, undefined);
  assert.equal(stored.encryption, "file");
  assert.deepEqual(await removeStoredCredentials(room), [{
    identity: undefined,
    credential: undefined,
  }]);
  assert.deepEqual(await listStoredIdentities(room), []);
});

Deno.test("removing one identity gives back what to revoke, and leaves the others", async () => {
  await using room = new Room();
  const gone = room.source();
  await gone.current(asking());
  await room.source({ profile: "work" }).current(asking());
  const removed = await removeStoredCredentials({ ...room, cacheDir: room.cacheDir, identity });
  assert.equal(removed.length, 1);
  assert.equal(removed[0].credential?.refreshToken, "refresh-1");
  assert.equal(await reasonOf(room.source().current(background())), "signed_out");
  const other = await room.source({ profile: "work" }).current(background());
  assert.equal(other.accessToken, "access-2");
});

Deno.test("a process that holds a removed credential does not bring it back", async () => {
  await using room = new Room();
  const source = room.source();
  await source.current(asking());
  await removeStoredCredentials(room);
  assert.equal(await reasonOf(source.renewed("access-1", background())), "signed_out");
  assert.equal(room.flows.refreshes, 0);
  assert.deepEqual(await listStoredIdentities(room), []);
});

Deno.test("a credential that is removed while it is refreshed stays removed", async () => {
  await using room = new Room();
  const source = room.source();
  await source.current(asking());
  room.flows.onRefresh = async () => {
    await removeStoredCredentials(room);
    return room.flows.grant();
  };
  assert.equal(await reasonOf(source.renewed("access-1", background())), "signed_out");
  assert.deepEqual(await listStoredIdentities(room), []);
});

for (const when of ["after", "while"]) {
  Deno.test(`a second browser that comes ${when} a credential is stored leaves none`, async () => {
    await using room = new Room();
    room.flows.onSignIn = async (context) => {
      const storing = context.onCredential(room.flows.grant());
      if (when === "after") await storing;
      throw flowError({ reason: "second_browser" });
    };
    const source = room.source();
    assert.equal(await reasonOf(source.current(asking())), "second_browser");
    assert.deepEqual(await listStoredIdentities(room), []);
    assert.equal(await reasonOf(source.current(background())), "signed_out");
  });
}

Deno.test("deleted means gone: not even the cipher text is in the files, nor the key", async () => {
  await using room = new Room();
  const tokens = { accessToken: "a".repeat(2_000), refreshToken: "r".repeat(2_000) };
  room.flows.onSignIn = async (context) => {
    const credential = room.flows.grant(tokens);
    await context.onCredential(credential);
    return credential;
  };
  for (const encryption of ["file", "none"] as const) {
    // Processes that still run keep the write-ahead log in use.
    await room.source({}, { encryption }).current(asking());
    await room.source({ profile: "other" }, { encryption }).current(asking());
    const kv = await Deno.openKv(join(room.cacheDir, "cache.db"));
    const records = await Array.fromAsync(kv.list<Uint8Array>({ prefix: [2, "credential"] }));
    kv.close();
    assert.equal(records.length, 2);
    const files = () =>
      [...Deno.readDirSync(room.cacheDir)].map(({ name }) => join(room.cacheDir, name));
    const holding = (bytes: Uint8Array) => {
      const text = new TextDecoder("latin1").decode(bytes);
      return files().filter((file) =>
        new TextDecoder("latin1").decode(Deno.readFileSync(file)).includes(text)
      );
    };
    const parts = records.map(({ value }) => value.subarray(1_000, 1_500));
    for (const part of parts) assert.ok(holding(part).length > 0);
    assert.equal((await removeStoredCredentials(room)).length, 2);
    for (const part of parts) assert.deepEqual(holding(part), []);
    assert.ok(!files().some((file) => file.endsWith("cache.key")));
    await room.closeAll();
  }
});

Deno.test("by hand: a valid credential will do, a cooldown does not count", async () => {
  await using room = new Room();
  const signal = new AbortController().signal;
  const source = room.source();
  room.flows.onSignIn = async (context) => {
    await context.onPending({
      issuer: "https://auth.example/",
      authorizationUrl: "https://auth.example/authorize",
      redirectUrl: "http://localhost:8080/auth/callback",
      state: "state",
      nonce: "nonce",
      codeVerifier: "verifier",
      startedAt: room.time,
      expiresAt: room.time + 300_000,
    });
    throw new Error("the browser broke");
  };
  await reasonOf(source.current(asking()));
  assert.equal(await reasonOf(source.current(asking())), "sign_in_paused");
  const automatic = { force: true, byHand: false, signal };
  assert.equal(await reasonOf(source.signIn(automatic)), "sign_in_paused");
  room.flows.onSignIn = undefined;
  assert.equal((await source.signIn({ force: false, signal })).accessToken, "access-1");
  assert.equal((await source.signIn({ force: false, signal })).accessToken, "access-1");
  assert.equal((await source.signIn({ force: true, signal })).accessToken, "access-2");
  assert.equal(room.flows.refreshes, 0);
  room.time += 3_600_000;
  assert.equal((await source.signIn({ force: false, signal })).accessToken, "access-3");
  assert.equal(room.flows.refreshes, 1, "what can be renewed needs no person");
  assert.equal((await room.source().current(background())).accessToken, "access-3");
});

Deno.test("by hand: what could not be renewed just now is tried again at once", async () => {
  await using room = new Room();
  const source = room.source();
  await source.current(asking());
  room.time += 3_600_000;
  room.flows.onRefresh = () => Promise.reject(flowError({ transient: true, retryAfter: 60_000 }));
  await reasonOf(source.current(asking()));
  assert.equal(await reasonOf(source.current(asking())), "refresh_paused");
  room.flows.onRefresh = undefined;
  const { signal } = new AbortController();
  assert.equal((await source.signIn({ force: false, signal })).accessToken, "access-2");
  assert.equal(room.flows.signIns, 1);
});

Deno.test("asked for several times at once, it is one sign-in", async () => {
  await using room = new Room();
  const source = room.source();
  await source.current(asking());
  const { signal } = new AbortController();
  const got = await Promise.all(
    Array.from({ length: 5 }, () => source.signIn({ force: true, signal })),
  );
  assert.deepEqual(new Set(got.map((one) => one.accessToken)), new Set(["access-2"]));
  assert.equal(room.flows.signIns, 2);
});

Deno.test("flows that need no person sign in for background work, too, and without a cooldown", async () => {
  await using room = new Room();
  const flows = { ...room.flows, unattended: true };
  const source = room.source({}, { flows });
  flows.onSignIn = () => Promise.reject(new Error("no"));
  assert.equal(await reasonOf(source.current(background())), "internal");
  assert.equal(await reasonOf(source.current(background())), "internal");
  flows.onSignIn = undefined;
  assert.equal(await reasonOf(source.current(background())), "no error");
});

Deno.test("notes of a provider are kept between starts until they are too old", async () => {
  await using room = new Room();
  const { notes } = room.source();
  assert.equal(await notes.read("metadata"), undefined);
  await notes.write("metadata", { issuer: "https://auth.example" }, 60_000);
  await notes.write("registration", { client_secret: "s3cr3t" });
  await room.closeAll();
  const again = room.source().notes;
  assert.deepEqual(await again.read("metadata"), { issuer: "https://auth.example" });
  room.time += 60_000;
  assert.equal(await again.read("metadata"), undefined);
  assert.deepEqual(await again.read("registration"), { client_secret: "s3cr3t" });
  await again.remove("registration");
  assert.equal(await again.read("registration"), undefined);
});
