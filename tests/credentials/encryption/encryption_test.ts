import assert from "node:assert/strict";
import { join } from "node:path";
import { asking, background, reasonOf, Room } from "../room.ts";

const secret = "s3cr3t-t0ken-that-must-not-show";

async function signedIn(room: Room, encryption?: "file" | "none"): Promise<void> {
  room.flows.onSignIn = async (context) => {
    const credential = room.flows.grant({
      accessToken: `${secret}-access`,
      refreshToken: `${secret}-refresh`,
      idToken: `${secret}-id`,
    });
    await context.onPending({
      issuer: "https://auth.example/",
      authorizationUrl: `https://auth.example/authorize?state=${secret}-state`,
      redirectUrl: "http://localhost:8080/auth/callback",
      state: `${secret}-state`,
      nonce: `${secret}-nonce`,
      codeVerifier: `${secret}-verifier`,
      startedAt: room.time,
      expiresAt: room.time + 300_000,
    });
    assert.deepEqual(bytesWith(room, secret, encryption), encryption === "none" ? ["found"] : []);
    await context.onCredential(credential);
    return credential;
  };
  await room.source({}, { encryption }).current(asking());
}

/** The files of the cache directory that hold this text; `["found"]` for any when not encrypted. */
function bytesWith(room: Room, text: string, encryption?: string): string[] {
  const found = [...Deno.readDirSync(room.cacheDir)].filter(({ name }) =>
    new TextDecoder("latin1").decode(Deno.readFileSync(join(room.cacheDir, name))).includes(text)
  );
  return encryption === "none" && found.length > 0 ? ["found"] : found.map(({ name }) => name);
}

Deno.test("no file of the cache directory holds a token, while it runs and after", async () => {
  await using room = new Room();
  await signedIn(room);
  await room.source().renewed(`${secret}-access`, asking());
  assert.deepEqual(bytesWith(room, secret), []);
  assert.deepEqual(bytesWith(room, "ada@example.com"), []);
  await room.closeAll();
  assert.deepEqual(bytesWith(room, secret), []);
});

Deno.test("with encryption none they are there: the test above can see them", async () => {
  await using room = new Room();
  await signedIn(room, "none");
  assert.deepEqual(bytesWith(room, secret, "none"), ["found"]);
});

Deno.test("a change of the encryption protects what is stored anew, and scrubs the old", async () => {
  await using room = new Room();
  await signedIn(room, "none");
  const changed = room.source({}, { encryption: "file" });
  assert.equal((await changed.current(background())).accessToken, `${secret}-access`);
  await room.closeAll();
  assert.deepEqual(bytesWith(room, secret), []);
  const back = room.source({}, { encryption: "none" });
  assert.equal((await back.current(background())).accessToken, `${secret}-access`);
  assert.deepEqual(bytesWith(room, secret, "none"), ["found"]);
});

Deno.test("a lost key is like signed out, with a warning, and a new sign-in mends it", async () => {
  for (const loss of ["removed", "another", "truncated"]) {
    await using room = new Room();
    await room.source().current(asking());
    await room.closeAll();
    const path = join(room.cacheDir, "cache.key");
    if (loss === "removed") await Deno.remove(path);
    else await Deno.writeFile(path, new Uint8Array(loss === "another" ? 32 : 7));
    const source = room.source();
    assert.equal(await reasonOf(source.current(background())), "signed_out", loss);
    assert.equal(room.logged("warn").filter((line) => line.includes("decrypted")).length, 1);
    assert.equal((await source.current(asking())).accessToken, "access-2");
    await room.closeAll();
    assert.equal((await room.source().current(background())).accessToken, "access-2");
  }
});

Deno.test("a record that was moved to another identity does not open", async () => {
  await using room = new Room();
  await room.source().current(asking());
  await room.source({ clientId: "other" }).current(asking());
  await room.closeAll();
  const kv = await Deno.openKv(join(room.cacheDir, "cache.db"));
  const [one, two] = await Array.fromAsync(kv.list({ prefix: [2, "credential"] }));
  await kv.atomic().set(one.key, two.value).set(two.key, one.value).commit();
  kv.close();
  assert.equal(await reasonOf(room.source().current(background())), "signed_out");
});

Deno.test("two processes that start at once agree on one key", async () => {
  await using room = new Room();
  const sources = ["a", "b", "c", "d"].map((profile) => room.source({ profile }));
  await Promise.all(sources.map((source) => source.current(asking())));
  await room.closeAll();
  for (const profile of ["a", "b", "c", "d"]) {
    assert.equal(await reasonOf(room.source({ profile }).current(background())), "no error");
  }
});

Deno.test("a keychain that cannot be reached is an error with the alternatives", {
  // On a desktop it can be reached, and the test must not write to the person's own.
  ignore: Deno.build.os !== "linux" || Deno.env.has("DBUS_SESSION_BUS_ADDRESS"),
}, async () => {
  await using room = new Room();
  const source = room.source({}, { encryption: "keychain" });
  const error = await source.ready.catch((error) => error);
  assert.equal(error.reason, "keychain_unreachable");
  assert.match(error.message, /keychain cannot be reached.*--credential-encryption file/);
  assert.equal(await reasonOf(source.current(asking())), "keychain_unreachable");
  assert.equal(room.flows.signIns, 0, "never a silent fallback");
});
