/**
 * What binds a sign-in to a browser, piece by piece.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { PendingAuthorization } from "../../../src/base/credential.ts";
import {
  bind,
  isBound,
  isForeign,
  isSameText,
  newStartPath,
  otherUser,
  secondBrowser,
  sendOn,
  startUrl,
  visitor,
} from "../../../src/oidc/flows/browser_binding.ts";

const pending: PendingAuthorization = {
  issuer: "https://auth.test",
  authorizationUrl: "https://auth.test/auth?x=1",
  redirectUrl: "http://127.0.0.1:4321/auth/callback",
  state: "s",
  nonce: "n",
  codeVerifier: "v",
  startedAt: 0,
  expiresAt: 61_000,
  startPath: "/sign-in/abc",
};

Deno.test("a start path and a key are of 43 characters that any address can hold", () => {
  const seen = new Set<string>();
  for (let count = 0; count < 50; count++) {
    const path = newStartPath();
    assert.match(path, /^\/sign-in\/[A-Za-z0-9_-]{43}$/);
    const { browserKey, ...rest } = bind(pending);
    assert.match(browserKey!, /^[A-Za-z0-9_-]{43}$/);
    assert.deepEqual(rest, pending);
    seen.add(path).add(browserKey!);
  }
  assert.equal(seen.size, 100);
  assert.equal("browserKey" in pending, false);
});

Deno.test("the person opens our address where there is one, else the provider's", () => {
  assert.equal(startUrl(pending), "http://127.0.0.1:4321/sign-in/abc");
  assert.equal(startUrl({ ...pending, startPath: undefined }), "https://auth.test/auth?x=1");
});

Deno.test("who comes by the start path is the first, the same or another one", () => {
  const bound = { ...pending, browserKey: "the-key" };
  const with_ = (cookie?: string) =>
    new Request("http://127.0.0.1:4321/", { headers: cookie === undefined ? {} : { cookie } });
  assert.equal(visitor(with_("authful-sign-in-4321=the-key"), pending), "first");
  const rows: [cookie: string | undefined, isSame: boolean][] = [
    ["authful-sign-in-4321=the-key", true],
    ["a=b;authful-sign-in-4321=the-key;c=d", true],
    ["a=b; authful-sign-in-4321=the-key; c=d", true],
    ["authful-sign-in-4321=other; authful-sign-in-4321=the-key", true],
    ["authful-sign-in-4321=the-kez", false],
    ["authful-sign-in-4321=the-key2", false],
    ["authful-sign-in-432=the-key", false],
    ["authful-sign-in-4322=the-key", false],
    ["xauthful-sign-in-4321=the-key", false],
    ["a=b,authful-sign-in-4321=the-key", false],
    ["", false],
    [undefined, false],
  ];
  for (const [cookie, isSame] of rows) {
    assert.equal(isBound(with_(cookie), bound), isSame, cookie);
    assert.equal(visitor(with_(cookie), bound), isSame ? "same" : "another", cookie);
    assert.equal(isBound(with_(cookie), pending), false, "nobody has opened it");
    assert.equal(isBound(with_(cookie), { ...bound, startPath: undefined }), true);
  }
});

Deno.test("a browser is sent on with its cookie, and leaves no trace on its way", async () => {
  const bound = { ...pending, browserKey: "the-key" };
  const response = sendOn(bound, 1_000);
  assert.equal(response.status, 303);
  assert.deepEqual(Object.fromEntries(response.headers), {
    "cache-control": "no-store",
    "location": "https://auth.test/auth?x=1",
    "referrer-policy": "no-referrer",
    "set-cookie": "authful-sign-in-4321=the-key; Max-Age=60; Path=/; HttpOnly; SameSite=Lax",
  });
  assert.equal(await response.text(), "");
  const cookie = (now: number, redirectUrl = pending.redirectUrl) =>
    sendOn({ ...bound, redirectUrl }, now).headers.get("set-cookie")!.split(";").slice(0, 2);
  assert.deepEqual(cookie(60_999), ["authful-sign-in-4321=the-key", " Max-Age=1"]);
  assert.deepEqual(cookie(59_999), ["authful-sign-in-4321=the-key", " Max-Age=2"]);
  assert.deepEqual(cookie(70_000), ["authful-sign-in-4321=the-key", " Max-Age=1"]);
  assert.deepEqual(cookie(1_000, "http://localhost/back"), [
    "authful-sign-in-80=the-key",
    " Max-Age=60",
  ]);
});

Deno.test("what happened is said to whoever can do something about it", () => {
  const { message, reason } = secondBrowser();
  assert.equal(
    message,
    "Authentication error: the page that begins the sign-in was opened in a second browser, so the " +
      "sign-in was stopped: somebody else who uses this machine may have opened it. Fix: sign in " +
      "again, in one browser only, and if it was not you, tell the administrator of this machine.",
  );
  assert.equal(reason, "second_browser");
  assert.equal(
    otherUser(1001),
    "another user of this machine (user id 1001) opened the page that begins the sign-in and was " +
      "turned away: tell its administrator if you do not know who that was",
  );
});

Deno.test("another user is one with a number that is neither ours nor the administrator's", () => {
  const own = Deno.uid() ?? 0;
  for (const user of [0, own, "unknown", "closing", "busy"] as const) {
    assert.equal(isForeign(user), false, String(user));
  }
  assert.equal(isForeign(own + 1), true);
  const { uid } = Deno;
  Object.assign(Deno, { uid: () => 1_000 });
  try {
    assert.deepEqual([0, 1_000, 1_001].map(isForeign), [false, false, true]);
  } finally {
    Object.assign(Deno, { uid });
  }
});

Deno.test("texts are the same when all of their characters are", () => {
  const rows: [string, string, boolean][] = [
    ["", "", true],
    ["abc", "abc", true],
    ["abc", "abd", false],
    ["bbc", "abc", false],
    ["abc", "ab", false],
    ["ab", "abc", false],
    ["ab", "ab\0", false],
    ["ab\0", "ab", false],
    ["", "a", false],
  ];
  for (const [left, right, isSame] of rows) assert.equal(isSameText(left, right), isSame);
});
