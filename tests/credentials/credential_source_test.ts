import assert from "node:assert/strict";
import { join } from "node:path";
import type { Credential } from "../../src/base/credential.ts";
import { asking, background, reasonOf, Room } from "./room.ts";
import { until } from "../support/until.ts";
import { FakeTime } from "./fake_time.ts";
import { flowError } from "./scripted_flows.ts";

Deno.test("the first request signs in, the next start finds the credential", async () => {
  await using room = new Room();
  const first = room.source();
  assert.equal((await first.current(asking())).accessToken, "access-1");
  assert.equal((first.current(asking()) as Credential).accessToken, "access-1", "synchronously");
  await first.close();
  const second = room.source();
  await second.ready;
  assert.equal((second.current(background()) as Credential).accessToken, "access-1");
  assert.equal(room.flows.signIns, 1);
});

Deno.test("the store is 0700 and 0600 whatever the umask", {
  ignore: Deno.build.os === "windows",
}, async () => {
  for (const umask of [0o000, 0o777]) {
    await using room = new Room();
    const before = Deno.umask(umask);
    try {
      await room.source().current(asking());
    } finally {
      Deno.umask(before);
    }
    const mode = (path: string) => (Deno.statSync(path).mode! & 0o777).toString(8);
    assert.equal(mode(room.cacheDir), "700");
    const files = [...Deno.readDirSync(room.cacheDir)].map((entry) => entry.name);
    assert.ok(files.includes("cache.db-wal") && files.includes("cache.db-shm"), String(files));
    for (const file of files) assert.equal(mode(join(room.cacheDir, file)), "600", file);
  }
});

Deno.test("background work signs nobody in", async () => {
  await using room = new Room();
  const source = room.source();
  assert.equal(await reasonOf(source.current(background())), "signed_out");
  assert.equal(room.flows.signIns, 0);
  assert.equal((await source.current(asking())).accessToken, "access-1");
});

Deno.test("a request joins a background attempt and still gets its sign-in", async () => {
  await using room = new Room();
  const source = room.source();
  const [first, second] = await Promise.all([
    reasonOf(source.current(background())),
    source.current(asking()),
  ]);
  assert.equal(first, "signed_out");
  assert.equal(second.accessToken, "access-1");
});

Deno.test("a token counts until 60 s before its end, or a fifth of a short lifetime", async () => {
  for (const [lifetime, validFor] of [[3_600_000, 3_540_000], [10_000, 8_000]]) {
    await using room = new Room();
    room.flows.lifetime = lifetime;
    await room.source().current(asking());
    const start = room.time;
    room.time = start + validFor - 1;
    assert.equal((await room.source().current(background())).accessToken, "access-1");
    room.time = start + validFor;
    assert.equal((await room.source().current(background())).accessToken, "access-2");
    assert.equal(room.flows.refreshes, 1);
    assert.equal(room.flows.signIns, 1);
  }
});

Deno.test("a refused token is renewed once for all who were refused", async () => {
  await using room = new Room();
  const source = room.source();
  await source.current(asking());
  const renewed = await Promise.all(
    Array.from({ length: 10 }, () => source.renewed("access-1", asking())),
  );
  assert.deepEqual(new Set(renewed.map((one) => one.accessToken)), new Set(["access-2"]));
  assert.equal(room.flows.refreshes, 1);
  assert.equal((await source.renewed("access-1", asking())).accessToken, "access-2");
  assert.equal(room.flows.refreshes, 1);
});

Deno.test("a refused token is not handed out while it is renewed", async () => {
  await using room = new Room();
  const source = room.source();
  await source.current(asking());
  const answer = Promise.withResolvers<Credential>();
  room.flows.onRefresh = () => answer.promise;
  const renewed = source.renewed("access-1", asking());
  await until(() => room.flows.refreshes > 0, "the refresh");
  const other = source.current(asking());
  assert.ok(other instanceof Promise);
  answer.resolve(room.flows.grant());
  assert.equal((await other).accessToken, "access-2");
  assert.equal((await renewed).accessToken, "access-2");
});

Deno.test("a provider may give the same access token again", async () => {
  await using room = new Room();
  const source = room.source();
  await source.current(asking());
  room.flows.onRefresh = () => Promise.resolve(room.flows.grant({ accessToken: "access-1" }));
  room.time += 3_600_000;
  const renewed = await source.current(asking());
  assert.equal(renewed.expiresAt, room.time + 3_600_000);
  assert.equal(source.current(asking()), renewed, "it is at hand");
  using other = await room.otherProcess();
  assert.equal((await other.credentials.read())?.maybeSpent, false);
  const again = await source.renewed("access-1", asking());
  assert.equal(again.accessToken, "access-1", "whoever was refused finds out");
  assert.equal(room.flows.refreshes, 2);
  assert.equal(room.flows.signIns, 1);
});

Deno.test("two sources on one store refresh once", async () => {
  await using room = new Room();
  const one = room.source();
  await one.current(asking());
  const two = room.source();
  await two.ready;
  const got = await Promise.all([
    one.renewed("access-1", asking()),
    two.renewed("access-1", asking()),
  ]);
  assert.deepEqual(got.map((credential) => credential.accessToken), ["access-2", "access-2"]);
  assert.equal(room.flows.refreshes, 1);
});

Deno.test("a refresh answer is stored before it is used", async () => {
  await using room = new Room();
  await room.source().current(asking());
  room.time += 3_600_000;
  await room.source().current(background());
  assert.equal((await room.source().current(background())).accessToken, "access-2");
  assert.equal(room.flows.refreshes, 1);
});

Deno.test("a provider that is down costs nothing: no sign-in, no loss", async () => {
  await using room = new Room();
  const source = room.source();
  await source.current(asking());
  room.time += 3_600_000;
  room.flows.onRefresh = () =>
    Promise.reject(flowError({ category: "Network error", transient: true }));
  await assert.rejects(Promise.resolve(source.current(asking())), /Network error/);
  assert.equal(room.flows.refreshes, 3, "it was patient");
  assert.equal(await reasonOf(source.current(asking())), "refresh_paused");
  assert.equal(room.flows.refreshes, 3);
  assert.equal(room.flows.signIns, 1);
  room.flows.onRefresh = undefined;
  room.time += 10_000;
  assert.equal((await source.current(asking())).accessToken, "access-2");
});

Deno.test("while the provider is down, a token that still has life is used", async () => {
  await using room = new Room();
  const source = room.source();
  await source.current(asking());
  room.time += 3_550_000;
  room.flows.onRefresh = () => Promise.reject(flowError({ transient: true, retryAfter: 60_000 }));
  assert.equal((await source.current(asking())).accessToken, "access-1");
  assert.equal(room.flows.refreshes, 1, "Retry-After is respected");
  assert.equal((await source.current(asking())).accessToken, "access-1");
  assert.equal(room.flows.refreshes, 1);
});

Deno.test("invalid_grant leads to one sign-in, and to none for background work", async () => {
  await using room = new Room();
  const source = room.source();
  await source.current(asking());
  room.time += 3_600_000;
  room.flows.onRefresh = () => Promise.reject(flowError({ reason: "invalid_grant" }));
  assert.equal(await reasonOf(source.current(background())), "signed_out");
  assert.equal(room.flows.signIns, 1);
  const got = await Promise.all([source.current(asking()), source.current(asking())]);
  assert.deepEqual(got.map((credential) => credential.accessToken), ["access-2", "access-2"]);
  assert.equal(room.flows.signIns, 2);
  assert.equal(room.flows.refreshes, 1, "the dead refresh token is not tried again");
});

Deno.test("after a refused sign-in nobody is asked again for 30 s, then 60 s", async () => {
  await using room = new Room();
  room.flows.onSignIn = () =>
    Promise.reject(flowError({ reason: "access_denied", what: "you said no" }));
  const source = room.source();
  assert.equal(await reasonOf(source.current(asking())), "access_denied");
  const error = await Promise.resolve(source.current(asking())).catch((error) => error);
  assert.equal(error.reason, "sign_in_paused");
  assert.match(error.message, /you said no.*authful-mcp-proxy login/);
  room.time += 30_001;
  assert.equal(await reasonOf(source.current(asking())), "access_denied");
  room.time += 30_001;
  assert.equal(await reasonOf(source.current(asking())), "sign_in_paused");
  assert.equal(await reasonOf(room.source().current(asking())), "sign_in_paused");
  assert.equal(room.flows.signIns, 2);
});

Deno.test("a change of the account on refresh is refused and forgotten", async () => {
  await using room = new Room();
  const source = room.source();
  await source.current(asking());
  room.flows.onRefresh = () => Promise.resolve(room.flows.grant({ claims: { sub: "eve" } }));
  assert.equal(await reasonOf(source.renewed("access-1", background())), "subject_changed");
  assert.equal(await reasonOf(source.current(background())), "signed_out");
  assert.equal(await reasonOf(room.source().current(background())), "signed_out");
});

Deno.test("identities do not share; the order of scopes makes no other one", async () => {
  await using room = new Room();
  await room.source({ scopes: ["openid", "email"] }).current(asking());
  const same = await room.source({ scopes: ["email", "openid"] }).current(background());
  assert.equal(same.accessToken, "access-1");
  for (
    const change of [
      { profile: "work" },
      { clientId: "other" },
      { issuer: "https://other.example" },
      { scopes: ["openid", "email", "more"] },
      { resource: "https://backend.example/mcp" },
      { audience: "api" },
      { authorizationParameters: { tenant: "other" } },
    ]
  ) {
    const other = room.source({ scopes: ["openid", "email"], ...change });
    assert.equal(await reasonOf(other.current(background())), "signed_out");
  }
});

Deno.test("how a person signs in makes no other identity", async () => {
  await using room = new Room();
  await room.source({ authorizationParameters: { prompt: "login", login_hint: "ada" } })
    .current(asking());
  const others: Record<string, string>[] = [{}, { ui_locales: "de" }, { max_age: "60" }];
  for (const authorizationParameters of others) {
    const same = await room.source({ authorizationParameters }).current(background());
    assert.equal(same.accessToken, "access-1");
  }
});

Deno.test("giving up waiting does not end the sign-in, and settled waits for it", async () => {
  await using room = new Room();
  const source = room.source();
  const person = Promise.withResolvers<void>();
  let isSignedIn = false;
  room.flows.onSignIn = async (context) => {
    await person.promise;
    const credential = room.flows.grant();
    await context.onCredential(credential);
    isSignedIn = true;
    return credential;
  };
  const patience = new AbortController();
  const request = source.current({ interactive: true, signal: patience.signal });
  await until(() => room.flows.signIns > 0, "the sign-in");
  patience.abort(new Error("the client left"));
  await assert.rejects(Promise.resolve(request), /the client left/);
  const settling = source.settled().then(() => isSignedIn);
  person.resolve();
  assert.equal(await settling, true, "it settles behind the sign-in");
  await source.close();
  assert.equal((await room.source().current(background())).accessToken, "access-1");
});

Deno.test("closing lets a refresh come to its end, for its answer may be the only good one", async () => {
  await using room = new Room();
  const source = room.source();
  await source.current(asking());
  const answer = Promise.withResolvers<Credential>();
  room.flows.onRefresh = () => answer.promise;
  const renewed = source.renewed("access-1", background());
  await until(() => room.flows.refreshes > 0, "the refresh");
  const closed = source.close();
  answer.resolve(room.flows.grant());
  await Promise.all([renewed, closed]);
  assert.equal((await room.source().current(background())).accessToken, "access-2");
});

Deno.test("closing ends a sign-in that waits for the person", async () => {
  await using room = new Room();
  const source = room.source();
  room.flows.onSignIn = ({ signal }) =>
    new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  const request = reasonOf(source.current(asking()));
  await until(() => room.flows.signIns > 0, "the sign-in");
  await source.close();
  assert.equal(await request, "closing");
});

Deno.test("what does not end when it is told to does not keep the program from ending", async () => {
  await using room = new Room();
  const source = room.source();
  const never = Promise.withResolvers<Credential>();
  room.flows.onSignIn = () => never.promise;
  const request = reasonOf(source.current(asking()));
  await until(() => room.flows.signIns > 0, "the sign-in");
  {
    using time = new FakeTime();
    let isClosed = false;
    const closing = source.close().then(() => isClosed = true);
    await time.pass(5_999);
    assert.equal(
      isClosed,
      false,
      "a refresh has five seconds, and one more to hear that it is over",
    );
    await time.pass(1);
    // The store is closed meanwhile, which takes real time.
    await closing;
  }
  never.reject(new Error("too late"));
  await request;
});

Deno.test("tokens that are too large to be stored are an error that says what to do", async () => {
  await using room = new Room();
  room.flows.onSignIn = async (context) => {
    const credential = room.flows.grant({ idToken: "x".repeat(5_000_000) });
    await context.onCredential(credential);
    return credential;
  };
  const source = room.source();
  assert.equal(await reasonOf(source.current(asking())), "credential_too_large");
});

Deno.test("an authorization request that is too long to be stored is an error that says what to do", async () => {
  await using room = new Room();
  room.flows.onSignIn = async (context) => {
    await context.onPending(
      {
        authorizationUrl: `https://auth.example/authorize?scope=${"x".repeat(70_000)}`,
        redirectUrl: "http://127.0.0.1:1/callback",
        startedAt: Date.now(),
        expiresAt: Date.now() + 60_000,
      } as Parameters<typeof context.onPending>[0],
    );
    throw new Error("it was stored");
  };
  const source = room.source();
  assert.equal(await reasonOf(source.current(asking())), "request_too_large");
});

Deno.test("no log line holds a token", async () => {
  await using room = new Room();
  const source = room.source();
  await source.current(asking());
  await source.renewed("access-1", asking());
  assert.ok(!/(access|refresh)-\d/.test(room.lines.join("")), room.lines.join(""));
});
