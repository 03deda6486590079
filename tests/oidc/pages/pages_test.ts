import assert from "node:assert/strict";
import { ProxyError } from "../../../src/base/errors.ts";
import { alreadyUsedPage } from "../../../src/oidc/pages/already_used_page.ts";
import { busyPage } from "../../../src/oidc/pages/busy_page.ts";
import { otherUserPage } from "../../../src/oidc/pages/other_user_page.ts";
import { failurePage } from "../../../src/oidc/pages/failure_page.ts";
import { foreignAnswerPage } from "../../../src/oidc/pages/foreign_answer_page.ts";
import { html } from "../../../src/oidc/pages/markup.ts";
import { type Page, pageHeaders, withSettings } from "../../../src/oidc/pages/page.ts";
import { pageHtml, respond, respondWith } from "../../../src/oidc/pages/respond.ts";
import { successPage } from "../../../src/oidc/pages/success_page.ts";
import { waitingPage } from "../../../src/oidc/pages/waiting_page.ts";
import { wrongAddressPage } from "../../../src/oidc/pages/wrong_address_page.ts";
import { bounded } from "../../support/bounded.ts";
import { within } from "../../support/within.ts";

const issuer = new URL("https://auth.company.com/realms/main");
const hostile = `"><script>alert(1)</script><img src=x onerror=alert(1)>'\`&\u202egnp.exe\u0000`;

function failure(reason: string, what: string, fix: string): ProxyError {
  return new ProxyError({ category: "Authentication error", what, fix, reason });
}

Deno.test("pages are sent with headers that let them load, run and keep nothing", async () => {
  const response = respond(successPage({ issuer, claims: { sub: "1" }, renewable: true }));
  assert.equal(response.status, 200);
  const policy = response.headers.get("content-security-policy")!;
  assert.match(policy, /^default-src 'none'; style-src 'sha256-[A-Za-z0-9+/]{43}='; /);
  assert.doesNotMatch(policy, /unsafe/);
  assert.equal(response.headers.get("x-content-type-options"), "nosniff");
  assert.equal(response.headers.get("referrer-policy"), "no-referrer");
  assert.equal(response.headers.get("cache-control"), "no-store");
  assert.equal(response.headers.get("content-type"), "text/html; charset=utf-8");
  const [, style] = (await response.text()).match(/<style>([^]*?)<\/style>/)!;
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(style));
  assert.ok(
    policy.includes(btoa(String.fromCharCode(...new Uint8Array(digest)))),
    "the hash is that of the style",
  );
});

Deno.test("pages name nothing outside themselves", () => {
  for (const page of everyPage(issuer, "Ada")) {
    const text = pageHtml(page);
    assert.doesNotMatch(
      text,
      /\b(?:src|href|action|url)\s*[=(]|@import|<(?:script|link|img|form)/i,
    );
  }
});

Deno.test("what comes from outside stays text in every page", () => {
  for (const page of everyPage(issuer, hostile)) {
    const text = pageHtml(page);
    assert.doesNotMatch(text, /<script|<img|\u202e|\0/);
    assert.equal(text.match(/<h1 /g)?.length, 1);
  }
  const shown = pageHtml(everyPage(issuer, hostile)[0]);
  assert.match(shown, /&#34;&#62;&#60;script&#62;alert\(1\)/);
});

Deno.test("the failure page begins sentences with a capital, but no URL", () => {
  const url = failure("access_denied", "https://auth.test answered access_denied", "try again");
  const shown = pageHtml(failurePage({ issuer, error: url }));
  assert.match(shown, />https:\/\/auth\.test answered access_denied\.</);
  assert.match(shown, />Try again\.</);
});

Deno.test("html escapes holes in text and in attributes and keeps markup", () => {
  const inner = html`<b>${"<"}</b>`;
  assert.equal(
    html`<p title="${'a"b'}">${inner}${[1, "&"]}${undefined}${false}</p>`.text,
    `<p title="a&#34;b"><b>&#60;</b>1&#38;</p>`,
  );
});

Deno.test("the success page says who, where and what next", () => {
  const text = pageHtml(
    successPage({ issuer, claims: { sub: "8f2c", email: "ada@example.com" }, renewable: true }),
  );
  assert.match(text, /<title>Signed in · authful-mcp-proxy<\/title>/);
  assert.match(text, /ada@example\.com/);
  assert.match(text, /auth\.company\.com/);
  assert.match(text, /You can close this tab/);
  assert.doesNotMatch(pageHtml(successPage({ issuer, renewable: false })), /Account/);
});

Deno.test("the failure page says why, in the provider's words too, and names the setting", () => {
  const page = failurePage({
    issuer,
    error: failure(
      "invalid_client",
      "the provider does not know the client my-client",
      "check OIDC_CLIENT_ID or pass --oidc-client-id",
    ),
    provider: { error: "invalid_client", description: "client <my-client> not found" },
  });
  assert.equal(page.status, 400);
  const text = pageHtml(page);
  assert.match(text, /The provider does not know the client my-client\./);
  assert.match(text, /client &#60;my-client&#62; not found/);
  assert.match(text, /<code>OIDC_CLIENT_ID<\/code> or pass <code>--oidc-client-id<\/code>\./);
});

Deno.test("the failure page has the status and heading of its cause", () => {
  const network = new ProxyError({
    category: "Network error",
    what: "no answer",
    fix: "try again",
    reason: "provider_unreachable",
  });
  assert.equal(failurePage({ issuer, error: network }).status, 502);
  const denied = failurePage({ issuer, error: failure("access_denied", "you said no", "retry") });
  assert.match(pageHtml(denied), /The sign-in was declined/);
});

Deno.test("the other pages carry the status of what happened", () => {
  const redirectUrl = new URL("http://localhost:8080/auth/callback");
  assert.equal(alreadyUsedPage().status, 410);
  assert.equal(foreignAnswerPage().status, 400);
  const wrong = wrongAddressPage({ redirectUrl, path: "/callback/" });
  assert.equal(wrong.status, 404);
  assert.match(pageHtml(wrong), /http:\/\/localhost:8080\/auth\/callback/);
  assert.match(pageHtml(wrong), /<code>\/callback\/<\/code>/);
  assert.equal(wrongAddressPage({ redirectUrl, path: "/x", wrongMethod: true }).status, 405);
});

Deno.test("withSettings marks flags and variables and nothing else", () => {
  const marked = html`${
    withSettings("set OIDC_ISSUER_URL or --oidc-issuer-url in well-known HTTP")
  }`;
  assert.equal(
    marked.text,
    "set <code>OIDC_ISSUER_URL</code> or <code>--oidc-issuer-url</code> in well-known HTTP",
  );
});

Deno.test("withSettings knows a setting by its form", () => {
  const rows: [text: string, marked: string][] = [
    ["OIDC_PAR", "<code>OIDC_PAR</code>"],
    ["--no-browser", "<code>--no-browser</code>"],
    ["(A1_B2_C3)", "(<code>A1_B2_C3</code>)"],
    ["A_B, --c-d.", "<code>A_B</code>, <code>--c-d</code>."],
    ["a--no-browser", "a--no-browser"],
    ["---no-browser", "---no-browser"],
    ["--A -b --1", "--A -b --1"],
    ["XOIDC_x OIDC lower_case", "XOIDC_x OIDC lower_case"],
    ["", ""],
  ];
  for (const [text, marked] of rows) assert.equal(html`${withSettings(text)}`.text, marked, text);
});

Deno.test("respondWith sends a page that is ready in time with its own status", async () => {
  const response = await respondWith(Promise.resolve(alreadyUsedPage()), { issuer });
  assert.equal(response.status, 410);
  assert.doesNotMatch(await response.text(), /One moment/);
});

Deno.test("respondWith shows the waiting page first and the result in the same response", async () => {
  const result = Promise.withResolvers<Page>();
  const response = await respondWith(result.promise, { issuer, patience: 1 });
  assert.equal(response.status, 200);
  assert.equal(
    response.headers.get("content-security-policy"),
    pageHeaders["content-security-policy"],
  );
  const body = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  const reader = bounded(body, "the page");
  const first = await reader.read();
  assert.match(first.value!, /One moment/);
  assert.doesNotMatch(first.value!, /<\/html>/);
  result.resolve(successPage({ issuer, claims: { sub: "8f2c" }, renewable: true }));
  const second = await reader.read();
  assert.match(second.value!, /You are signed in/);
  assert.match(second.value!, /<\/html>\s*$/);
  assert.ok((await reader.read()).done);
});

Deno.test("respondWith does not mind a tab that is closed while it waits", async () => {
  const result = Promise.withResolvers<Page>();
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => respondWith(result.promise, { issuer, patience: 1 }),
  );
  const tab = new AbortController();
  const page = await fetch(`http://127.0.0.1:${server.addr.port}/`, { signal: tab.signal });
  const reader = bounded(page.body!.getReader(), "the page");
  assert.match(new TextDecoder().decode((await reader.read()).value), /One moment/);
  tab.abort();
  await assert.rejects(reader.read());
  // What goes wrong from here on is an unhandled rejection, which fails the test.
  result.resolve(alreadyUsedPage());
  await within(server.shutdown(), { what: "the end of the response" });
});

Deno.test("a page that leads elsewhere becomes a redirect, with what a page is sent with", async () => {
  const page: Page = { ...alreadyUsedPage(), location: "https://auth.test/next" };
  const response = respond(page, { allow: "GET", "cache-control": "private" });
  assert.deepEqual([response.status, response.headers.get("location")], [
    303,
    "https://auth.test/next",
  ]);
  assert.deepEqual([response.headers.get("allow"), response.headers.get("cache-control")], [
    "GET",
    "private",
  ]);
  assert.equal(response.headers.get("referrer-policy"), "no-referrer");
  assert.equal(await response.text(), pageHtml(page));
  const plain = respond(alreadyUsedPage());
  assert.deepEqual([plain.status, plain.headers.get("location")], [410, null]);
});

Deno.test("a document is whole: its language, its settings, its one card and its end", () => {
  const text = pageHtml({ status: 200, title: "a & b", card: html`<main>c</main>` });
  assert.match(text, /^\s*<!doctype html>\s*<html lang="en">/);
  assert.match(text, /<meta charset="utf-8">/);
  assert.match(text, /<title>a &#38; b · authful-mcp-proxy<\/title>/);
  assert.match(text, /<body>\s*<main>c<\/main><\/body>\n<\/html>\n$/);
});

Deno.test("the policy of a page lets it load nothing but its own style", () => {
  assert.match(
    pageHeaders["content-security-policy"],
    /^default-src 'none'; style-src 'sha256-[\w+/=]{44}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
  );
});

Deno.test("a page is waited for in silence for 300 ms", async () => {
  const { setTimeout, clearTimeout } = globalThis;
  const waits: (number | undefined)[] = [];
  let cleared = 0;
  Object.assign(globalThis, {
    setTimeout: (_: () => void, ms?: number) => waits.push(ms),
    clearTimeout: () => cleared++,
  });
  try {
    await respondWith(Promise.resolve(alreadyUsedPage()), { issuer });
    await respondWith(Promise.resolve(alreadyUsedPage()), { issuer, patience: 7 });
  } finally {
    Object.assign(globalThis, { setTimeout, clearTimeout });
  }
  assert.deepEqual([waits, cleared], [[300, 7], 2]);
});

function everyPage(issuer: URL, text: string): Page[] {
  const redirectUrl = new URL("http://localhost:8080/auth/callback");
  return [
    successPage({ issuer, claims: { sub: "1", email: text }, renewable: true }),
    failurePage({
      issuer,
      error: failure("x", `it failed: ${text}`, `try ${text}`),
      provider: { error: text, description: text },
    }),
    alreadyUsedPage(),
    busyPage(),
    otherUserPage(),
    foreignAnswerPage(),
    wrongAddressPage({ redirectUrl, path: text }),
    waitingPage({ issuer }),
  ];
}

Deno.test("a hole of a template is text: no element, no attribute, no control or direction mark", () => {
  assert.equal(html`<p>${`<b>"'\`&`}</p>`.text, "<p>&#60;b&#62;&#34;&#39;&#96;&#38;</p>");
  for (
    const mark of ["\u200e", "\u200f", "\u202a", "\u202e", "\u2066", "\u2069", "\u0007", "\u0085"]
  ) {
    assert.equal(html`${`a${mark}b`}`.text, "a b", JSON.stringify(mark));
  }
  assert.equal(html`${"a\u202eb\u0007c"}`.text, "a b c", "each of them");
  assert.equal(html`${[html`<i>${"&"}</i>`, false, undefined, 7]}`.text, "<i>&#38;</i>7");
});
