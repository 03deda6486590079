/**
 * The sign-in belongs to the browser that opened it: everybody on the machine can read what the
 * opener is given.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { PendingAuthorization } from "../../../src/base/credential.ts";
import {
  bind,
  isBound,
  isSameText,
  sendOn,
  startUrl,
  visitor,
} from "../../../src/oidc/flows/browser_binding.ts";
import { freePort } from "../../support/free_port.ts";
import { createPerson } from "../../support/person.ts";
import { startProvider } from "../../support/provider.ts";
import { createRig, failure } from "../rig.ts";

async function get(url: URL | string, init: RequestInit = {}) {
  const response = await fetch(url, { redirect: "manual", ...init });
  return { status: response.status, headers: response.headers, html: await response.text() };
}

Deno.test("what is opened is an address of ours that tells nothing of the request", async () => {
  await using provider = await startProvider();
  const opened = Promise.withResolvers<URL>();
  const rig = createRig(provider, {
    openBrowser: (url) => Promise.resolve(opened.resolve(url)),
  });
  const run = rig.signIn();
  const { redirectUrl, state } = await run.pending;
  const url = await opened.promise;
  assert.equal(url.origin, new URL(redirectUrl).origin);
  assert.match(url.pathname, /^\/sign-in\/[\w-]{43}$/);
  assert.equal(url.search, "");
  const { status, headers } = await get(url);
  assert.equal(status, 303);
  assert.equal(new URL(headers.get("location")!).searchParams.get("state"), state);
  assert.match(
    headers.get("set-cookie")!,
    /^authful-sign-in-\d+=[\w-]{43}; Max-Age=\d+; Path=\/; HttpOnly; SameSite=Lax$/,
  );
  assert.equal(headers.get("cache-control"), "no-store");
  assert.equal(headers.get("referrer-policy"), "no-referrer");
  // Not even the log has the provider's URL, which any browser could go on with.
  assert.doesNotMatch(rig.lines.join(""), /response_type|state=/);
  run.stop.abort(new Error("enough"));
  await assert.rejects(run.credential, /enough/);
});

Deno.test("a second browser at the start of the sign-in ends it, and both sides are told", async () => {
  await using provider = await startProvider();
  const rig = createRig(provider, { openBrowser: undefined });
  const run = rig.signIn();
  const url = startUrl(await run.pending);
  await createPerson().openTab(url);
  const page = await createPerson({ login: "eve" }).visit(url);
  assert.equal(page.status, 403);
  assert.match(page.html, /This sign-in was stopped.*somebody else who uses this machine/s);
  const error = await failure(run.credential);
  assert.equal(error.reason, "second_browser");
  assert.match(
    error.message,
    /opened in a second browser.* Fix: sign in again, in one browser only/,
  );
  assert.match(rig.lines.join(""), /\[warn\] .*opened in a second browser/);
  assert.equal(provider.count("authorization"), 0);
});

Deno.test("nothing is kept of a sign-in in which a second browser comes at the last moment", async () => {
  await using provider = await startProvider();
  const redeemed = Promise.withResolvers<void>();
  provider.intercept(async ({ endpoint }) => {
    if (endpoint === "token") await redeemed.promise;
    return undefined;
  });
  let stored = 0;
  const rig = createRig(provider, {
    openBrowser: undefined,
    onCredential: () => Promise.resolve(void stored++),
  });
  const run = rig.signIn();
  const url = startUrl(await run.pending);
  const page = createPerson({ login: "eve" }).visit(url);
  await provider.requested((request) => request.endpoint === "token");
  assert.equal((await get(url)).status, 403);
  redeemed.resolve();
  assert.equal((await failure(run.credential)).reason, "second_browser");
  assert.doesNotMatch((await page).html, /You are signed in/);
  assert.equal(stored, 0);
});

Deno.test("a second browser at the question for consent ends a sign-in that has its credential", async () => {
  await using provider = await startProvider({ refreshTokens: "offline_access" });
  const asked = Promise.withResolvers<void>();
  const goesOn = Promise.withResolvers<void>();
  provider.intercept(async ({ endpoint, parameters }) => {
    if (endpoint !== "authorization" || parameters.get("prompt") !== "consent") return undefined;
    asked.resolve();
    await goesOn.promise;
    return undefined;
  });
  let stored = 0;
  const rig = createRig(provider, {
    openBrowser: undefined,
    scopes: ["openid", "offline_access"],
    onCredential: () => Promise.resolve(void stored++),
  });
  const run = rig.signIn();
  const url = startUrl(await run.pending);
  const page = createPerson({ login: "eve" }).visit(url).catch((error) => error);
  await asked.promise;
  assert.equal(stored, 1);
  assert.equal((await get(url)).status, 403);
  assert.equal((await failure(run.credential)).reason, "second_browser");
  goesOn.resolve();
  assert.doesNotMatch(String((await page).html), /You are signed in/);
  assert.equal(stored, 1);
});

Deno.test("a second browser while the credential is being stored ends the sign-in, too", async () => {
  await using provider = await startProvider();
  const storing = Promise.withResolvers<void>();
  const isStored = Promise.withResolvers<void>();
  const rig = createRig(provider, {
    openBrowser: undefined,
    onCredential: () => {
      storing.resolve();
      return isStored.promise;
    },
  });
  const run = rig.signIn();
  const url = startUrl(await run.pending);
  const page = createPerson({ login: "eve" }).visit(url);
  await storing.promise;
  assert.equal((await get(url)).status, 403);
  isStored.resolve();
  assert.equal((await failure(run.credential)).reason, "second_browser");
  assert.doesNotMatch((await page).html, /You are signed in/);
});

Deno.test("the browser that opened it may come again, and what no person sees does not count", async () => {
  await using provider = await startProvider();
  const person = createPerson();
  const rig = createRig(provider, { openBrowser: undefined });
  const run = rig.signIn();
  const url = startUrl(await run.pending);
  for (const header of ["sec-purpose", "purpose"]) {
    assert.equal((await get(url, { headers: { [header]: "prefetch;prerender" } })).status, 503);
  }
  assert.equal((await get(url, { method: "HEAD" })).status, 404);
  const tab = await person.openTab(url);
  assert.equal((await person.openTab(url)).href, tab.href);
  assert.equal((await person.visit(url)).status, 200);
  assert.equal((await run.credential).claims?.sub, "ada");
});

Deno.test("an answer from another browser is not used, and the sign-in goes on", async () => {
  await using provider = await startProvider();
  const person = createPerson();
  const rig = createRig(provider, { openBrowser: undefined });
  const run = rig.signIn();
  const tab = await person.openTab(startUrl(await run.pending));
  // Somebody who learned the provider's URL, signed in as themselves.
  const page = await createPerson({ login: "eve" }).visit(tab);
  assert.equal(page.status, 403);
  assert.match(page.html, /belongs to another browser/);
  assert.equal(provider.count("token"), 0);
  assert.match(rig.lines.join(""), /\[warn\] the provider's answer came from a browser/);
  assert.equal((await person.visit(tab)).status, 200);
  assert.equal((await run.credential).claims?.sub, "ada");
});

Deno.test("an answer before anybody opened the start is not used", async () => {
  await using provider = await startProvider();
  const run = createRig(provider, { openBrowser: undefined }).signIn();
  const pending = await run.pending;
  for (const cookie of ["", `authful-sign-in-${new URL(pending.redirectUrl).port}=`]) {
    const url = `${pending.redirectUrl}?code=stolen&state=${pending.state}`;
    assert.equal((await get(url, { headers: { cookie } })).status, 403);
  }
  assert.equal(provider.count("token"), 0);
  run.stop.abort(new Error("enough"));
  await assert.rejects(run.credential, /enough/);
});

Deno.test("a process that goes on with a sign-in knows the browser it was opened in", async () => {
  await using provider = await startProvider();
  const person = createPerson();
  const first = createRig(provider, {
    openBrowser: undefined,
    redirectUrls: [new URL(`http://127.0.0.1:${freePort()}/auth/callback`)],
  }).signIn();
  const url = startUrl(await first.pending);
  await person.openTab(url);
  first.stop.abort(new Error("killed"));
  await assert.rejects(first.credential, /killed/);
  const rig = createRig(provider);
  const second = rig.signIn(structuredClone(first.offers.at(-1)));
  second.credential.catch(() => {});
  await provider.requested(({ endpoint }) => endpoint === "discovery");
  const stranger = await untilListening(() => get(url));
  assert.equal(stranger.status, 403);
  assert.equal((await failure(second.credential)).reason, "second_browser");
});

Deno.test("a cookie of the same name that another program on this host has set is passed over", async () => {
  await using provider = await startProvider();
  const person = createPerson();
  const run = createRig(provider, { openBrowser: undefined }).signIn();
  const pending = await run.pending;
  await person.openTab(startUrl(pending));
  const name = `authful-sign-in-${new URL(pending.redirectUrl).port}`;
  // With a longer path it comes first (RFC 6265 section 5.4).
  const cookie = `${name}=${"x".repeat(43)}; ${person.cookies(pending.redirectUrl)}`;
  const { status, html } = await get(
    `${pending.redirectUrl}?error=access_denied&state=${pending.state}&iss=${
      encodeURIComponent(provider.issuer)
    }`,
    { headers: { cookie } },
  );
  assert.notEqual(status, 403, html);
  assert.equal((await failure(run.credential)).reason, "access_denied");
});

Deno.test("two sign-ins in one browser do not take each other's cookie", async () => {
  await using provider = await startProvider();
  const person = createPerson();
  const runs = [1, 2].map(() => createRig(provider, { openBrowser: undefined }).signIn());
  const tabs = [];
  for (const run of runs) tabs.push(await person.openTab(startUrl(await run.pending)));
  // As browsers do: by host, whatever the port.
  const [one, two] = await Promise.all(runs.map((run) => run.pending));
  const cookies = [one, two].map(({ redirectUrl }) => person.cookies(redirectUrl)).join("; ");
  for (const { redirectUrl, state } of [one, two]) {
    const url = `${redirectUrl}?error=access_denied&state=${state}&iss=${provider.issuer}`;
    assert.equal((await get(url, { headers: { cookie: cookies } })).status, 400);
  }
  for (const run of runs) assert.equal((await failure(run.credential)).reason, "access_denied");
});

/** Asks again while nobody listens yet. */
async function untilListening<T>(ask: () => Promise<T>): Promise<T> {
  for (const limit = Date.now() + 30_000;;) {
    try {
      return await ask();
    } catch (error) {
      if (Date.now() > limit) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

Deno.test("a browser is known by the whole value of its cookie, and by nothing else", () => {
  const pending = bind({
    redirectUrl: "http://127.0.0.1:4321/auth/callback",
    startPath: "/sign-in/abc",
  } as PendingAuthorization);
  const request = (cookie?: string) =>
    new Request("http://127.0.0.1:4321/", { headers: cookie === undefined ? {} : { cookie } });
  const name = "authful-sign-in-4321";
  const key = pending.browserKey!;
  for (const cookie of [`${name}=${key}`, `a=b; ${name}=${key}`, `${name}=x;${name}=${key}; c=d`]) {
    assert.equal(isBound(request(cookie), pending), true, cookie);
    assert.equal(visitor(request(cookie), pending), "same");
  }
  const others = [
    undefined,
    "",
    `${name}=`,
    `${name}=${key}x`,
    `${name}=${key.slice(1)}`,
    `${name}=${key.slice(0, -1)}`,
    `authful-sign-in-432=${key}`,
    `x${name}=${key}`,
    key,
  ];
  for (const cookie of others) {
    assert.equal(isBound(request(cookie), pending), false, cookie);
    assert.equal(visitor(request(cookie), pending), "another");
  }
  const { browserKey: _, ...unvisited } = pending;
  assert.equal(visitor(request(), unvisited), "first");
  assert.equal(isBound(request(`${name}=undefined`), unvisited), false);
});

Deno.test("texts are the same when every character is", () => {
  for (
    const [one, other] of [["abc", "abd"], ["abc", "abcd"], ["abcd", "abc"], ["", "a"], ["a", ""]]
  ) {
    assert.equal(isSameText(one!, other!), false, `${one} ${other}`);
  }
  assert.equal(isSameText("abc", "abc"), true);
  assert.equal(isSameText("", ""), true);
});

Deno.test("the cookie of a sign-in lasts as long as the sign-in, in whole seconds", () => {
  const maxAge = (left: number) => {
    const pending = {
      authorizationUrl: "https://auth.test/authorize",
      redirectUrl: "http://localhost:8080/callback",
      browserKey: "key",
      state: "state",
      expiresAt: 1_000_000 + left,
    } as PendingAuthorization;
    return /Max-Age=(\d+);/.exec(sendOn(pending, 1_000_000).headers.get("set-cookie")!)?.[1];
  };
  for (const [left, seconds] of [[300_000, "300"], [299_001, "300"], [1, "1"], [-5_000, "1"]]) {
    assert.equal(maxAge(left as number), seconds);
  }
});
