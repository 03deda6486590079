/**
 * What a person reads of each page, from the title of its tab to what they are to do next.
 *
 * @module
 */
import assert from "node:assert/strict";
import { type ErrorCategory, ProxyError } from "../../../src/base/errors.ts";
import { alreadyUsedPage } from "../../../src/oidc/pages/already_used_page.ts";
import { busyPage } from "../../../src/oidc/pages/busy_page.ts";
import { consentPage } from "../../../src/oidc/pages/consent_page.ts";
import { failurePage } from "../../../src/oidc/pages/failure_page.ts";
import { foreignAnswerPage } from "../../../src/oidc/pages/foreign_answer_page.ts";
import { icons } from "../../../src/oidc/pages/icons.ts";
import { html } from "../../../src/oidc/pages/markup.ts";
import { otherBrowserPage } from "../../../src/oidc/pages/other_browser_page.ts";
import { otherUserPage } from "../../../src/oidc/pages/other_user_page.ts";
import { card, type Page } from "../../../src/oidc/pages/page.ts";
import { pageHtml } from "../../../src/oidc/pages/respond.ts";
import { secondBrowserPage } from "../../../src/oidc/pages/second_browser_page.ts";
import { successPage } from "../../../src/oidc/pages/success_page.ts";
import { unassignedErrorPage } from "../../../src/oidc/pages/unassigned_error_page.ts";
import { waitingPage } from "../../../src/oidc/pages/waiting_page.ts";
import { wrongAddressPage } from "../../../src/oidc/pages/wrong_address_page.ts";

const issuer = new URL("https://auth.test:8443/realms/main");
const redirectUrl = new URL("http://localhost:8080/auth/callback?x=1");

/** A page as it is read. */
interface Reading {
  status: number;
  title: string;
  /** Its picture and colour. */
  mood: string;
  heading: string;
  lead: string;
  facts?: Record<string, string>;
  next?: string;
}

function read(page: Page): Reading {
  const whole = pageHtml(page);
  const part = (pattern: RegExp) => pattern.exec(whole)?.[1];
  const words = (markup: string | undefined) =>
    markup?.replace(/<[^>]*>/g, " ").replace(/&#(\d+);/g, (_, code) => String.fromCharCode(code))
      .replace(/\s+/g, " ").trim();
  const mood = part(/<main class="([^"]*)">/)!;
  assert.ok(whole.includes(icons[mood as keyof typeof icons].text), "it has the picture");
  assert.match(whole, /<p class="brand"><svg [^]*?<\/svg> authful-mcp-proxy<\/p>/);
  const facts = [...whole.matchAll(/<dt>([^]*?)<\/dt>\s*<dd>([^]*?)<\/dd>/g)]
    .map(([, name, value]) => [words(name), words(value)]);
  assert.equal(
    /<dl>/.test(whole),
    facts.length > 0,
    "a list is there when there is something in it",
  );
  const next = words(part(/<div class="next">([^]*?)<\/div>/));
  return {
    status: page.status,
    title: part(/<title>([^<]*) · authful-mcp-proxy<\/title>/)!,
    mood,
    heading: words(part(/<h1 [^>]*>([^]*?)<\/h1>/))!,
    lead: words(part(/<p class="lead">([^]*?)<\/p>/))!,
    ...(facts.length > 0 && { facts: Object.fromEntries(facts) }),
    ...(next !== undefined && { next }),
  };
}

const error = new ProxyError({
  category: "Network error",
  what: "no answer",
  fix: "try again",
  reason: "x",
});
const failureNext = "What to do Try again.";

const rows: [name: string, page: Page, reading: Reading][] = [
  ["already used", alreadyUsedPage(), {
    status: 410,
    title: "Already used",
    mood: "notice",
    heading: "This answer was used already",
    lead: "Each sign-in answer works once. Nothing was changed by opening it again.",
    next:
      "What to do If your client works, close this tab. If it does not, call one of its tools " +
      "or restart it, and a new sign-in begins.",
  }],
  ["busy", busyPage(), {
    status: 503,
    title: "Try again",
    mood: "notice",
    heading: "This machine is very busy",
    lead: "It took too long to make sure that this browser is yours, so the sign-in has not begun.",
    next: "What to do Reload this page. If that does not help, another user of this machine may " +
      "keep it busy: tell its administrator.",
  }],
  ["consent", consentPage({ issuer, url: "https://auth.test/consent?a=1&b=2" }), {
    status: 200,
    title: "One more step",
    mood: "waiting",
    heading: "One more step",
    lead:
      "You are signed in. So that you need not sign in again each time the access token ends, " +
      "your provider asks you once more whether this program may stay signed in.",
    facts: { Provider: "auth.test:8443" },
    next: "Go on",
  }],
  [
    "failure, in the provider's words",
    failurePage({
      issuer,
      error,
      provider: { error: "e".repeat(501), description: "d".repeat(501) },
    }),
    {
      status: 502,
      title: "Not signed in",
      mood: "failure",
      heading: "The sign-in did not work",
      lead: "No answer.",
      facts: {
        Provider: "auth.test:8443",
        "Its answer": `${"e".repeat(500)}…`,
        "In its words": `${"d".repeat(500)}…`,
      },
      next: failureNext,
    },
  ],
  ["failure, with nothing from the provider", failurePage({ issuer, error }), {
    status: 502,
    title: "Not signed in",
    mood: "failure",
    heading: "The sign-in did not work",
    lead: "No answer.",
    facts: { Provider: "auth.test:8443" },
    next: failureNext,
  }],
  ["foreign answer", foreignAnswerPage(), {
    status: 400,
    title: "Another sign-in",
    mood: "notice",
    heading: "This belongs to another sign-in",
    lead:
      "The answer that brought you here is not for the sign-in that is waiting now, so it was " +
      "not used.",
    next: "What to do Go on in the tab that was opened last, or open the URL that the program " +
      "printed. If you did not start a sign-in yourself, just close this tab.",
  }],
  ["other browser", otherBrowserPage(), {
    status: 403,
    title: "Another browser",
    mood: "notice",
    heading: "This sign-in belongs to another browser",
    lead: "The answer that brought you here was not used, because the sign-in was not opened in " +
      "this browser, or its cookie was not kept.",
    next: "What to do Finish the sign-in in the browser that was opened for it. If this is that " +
      "browser, allow it to keep cookies of this address, then call one of your client’s tools " +
      "again or restart it.",
  }],
  ["other user", otherUserPage(), {
    status: 403,
    title: "Not your sign-in",
    mood: "failure",
    heading: "This sign-in is not yours",
    lead: "It was begun by another user of this machine, and goes on in their browser.",
    next: "You can close this tab.",
  }],
  ["second browser", secondBrowserPage(), {
    status: 403,
    title: "Sign-in stopped",
    mood: "failure",
    heading: "This sign-in was stopped",
    lead: "It had been opened in another browser before, and one sign-in is for one browser.",
    next: "What to do If both were you, call one of your client’s tools again or restart it, and " +
      "use one browser. If the other one was not you, somebody else who uses this machine tried to " +
      "take part in your sign-in: tell its administrator.",
  }],
  ["success", successPage({ issuer, claims: { name: "A".repeat(201) }, renewable: true }), {
    status: 200,
    title: "Signed in",
    mood: "success",
    heading: "You are signed in",
    lead: "Your MCP client is ready: its tools appear by themselves.",
    facts: {
      Account: `${"A".repeat(200)}…`,
      Provider: "auth.test:8443",
      "Stays signed in": "yes, renewed by itself",
    },
    next: "You can close this tab.",
  }],
  ["success of nobody in particular", successPage({ issuer, renewable: false }), {
    status: 200,
    title: "Signed in",
    mood: "success",
    heading: "You are signed in",
    lead: "Your MCP client is ready: its tools appear by themselves.",
    facts: {
      Provider: "auth.test:8443",
      "Stays signed in": "until the access token expires",
    },
    next: "You can close this tab.",
  }],
  [
    "unassigned error",
    unassignedErrorPage({
      issuer,
      error: "e".repeat(501),
      description: "d".repeat(501),
    }),
    {
      status: 400,
      title: "Not signed in",
      mood: "failure",
      heading: "The provider reported an error",
      lead: "It did not say which sign-in it is about (there is no state in its answer), so the " +
        "sign-in goes on.",
      facts: {
        Provider: "auth.test:8443",
        "Its answer": `${"e".repeat(500)}…`,
        "In its words": `${"d".repeat(500)}…`,
      },
      next:
        "What to do If you did not start a sign-in, just close this tab. If you did, go back and " +
        "try again, or have what the provider says put right: its answer is in the program’s log, too.",
    },
  ],
  ["unassigned error without words", unassignedErrorPage({ issuer, error: "denied" }), {
    status: 400,
    title: "Not signed in",
    mood: "failure",
    heading: "The provider reported an error",
    lead: "It did not say which sign-in it is about (there is no state in its answer), so the " +
      "sign-in goes on.",
    facts: { Provider: "auth.test:8443", "Its answer": "denied" },
    next:
      "What to do If you did not start a sign-in, just close this tab. If you did, go back and " +
      "try again, or have what the provider says put right: its answer is in the program’s log, too.",
  }],
  ["waiting", waitingPage({ issuer }), {
    status: 200,
    title: "Sign-in",
    mood: "waiting",
    heading: "One moment",
    lead: "Your sign-in is being confirmed with the provider. This page changes by itself.",
    facts: { Provider: "auth.test:8443" },
  }],
  ["wrong address", wrongAddressPage({ redirectUrl, path: `/${"p".repeat(200)}` }), {
    status: 404,
    title: "Wrong address",
    mood: "notice",
    heading: "There is nothing at this address",
    lead: "A sign-in is waiting on this port, but not here.",
    facts: {
      "Asked for": `/${"p".repeat(199)}…`,
      "Waiting at": "http://localhost:8080/auth/callback",
    },
    next: "What to do If the provider sent you here, the redirect URL registered there and " +
      "OIDC_REDIRECT_URL differ: make both the same, letter by letter.",
  }],
];

for (const [name, page, reading] of rows) {
  Deno.test(`the page: ${name}`, () => assert.deepEqual(read(page), reading));
}

Deno.test("a wrong method has its own status", () => {
  const wrong = (wrongMethod?: boolean) =>
    wrongAddressPage({ redirectUrl, path: "/", wrongMethod }).status;
  assert.deepEqual([wrong(), wrong(false), wrong(true)], [404, 404, 405]);
});

Deno.test("the consent page leads on in either way, and elsewhere when nothing was sent yet", () => {
  const url = 'https://auth.test/consent?a=1&b="2"';
  const { location, card } = consentPage({ issuer, url });
  assert.equal(location, url);
  const escaped = "https://auth.test/consent?a=1&#38;b=&#34;2&#34;";
  assert.ok(card.text.includes(`<meta http-equiv="refresh" content="0;url=${escaped}">`));
  assert.ok(card.text.includes(`<a href="${escaped}">`));
});

Deno.test("a failure has the status of its kind and the heading of its reason", () => {
  const of = (category: ErrorCategory, reason: string) => {
    const page = failurePage({
      issuer,
      error: new ProxyError({ category, what: "w", fix: "f", reason }),
    });
    return [page.status, read(page).heading];
  };
  const usual = "The sign-in did not work";
  assert.deepEqual(of("Configuration error", "x"), [400, usual]);
  assert.deepEqual(of("Authentication error", "access_denied"), [400, "The sign-in was declined"]);
  assert.deepEqual(of("Authentication error", "login_timeout"), [400, "The sign-in took too long"]);
  assert.deepEqual(of("Network error", "x"), [502, usual]);
  assert.deepEqual(of("Backend error", "x"), [502, usual]);
  assert.deepEqual(of("System error", "x"), [500, usual]);
  assert.deepEqual(of("Internal error", "x"), [500, usual]);
});

Deno.test("a failure begins its sentences with a capital, unless they begin with a name", () => {
  const shown: [text: string, sentence: string][] = [
    ["no answer", "No answer."],
    ["no, never", "No, never."],
    ["stop", "stop."],
    ["authful-mcp-proxy ended", "authful-mcp-proxy ended."],
    ["https://auth.test is away", "https://auth.test is away."],
    ["OIDC_SCOPES is empty", "OIDC_SCOPES is empty."],
    ["a2 b", "a2 b."],
  ];
  for (const [text, sentence] of shown) {
    const page = failurePage({
      issuer,
      error: new ProxyError({ category: "Network error", what: text, fix: text, reason: "x" }),
    });
    const { lead, next } = read(page);
    assert.deepEqual([lead, next], [sentence, `What to do ${sentence}`]);
  }
});

Deno.test("a card leaves out what it is not given", () => {
  const bare = { status: 200, title: "t", mood: "notice", heading: "h", lead: "l" } as const;
  const reading = (more: Partial<Parameters<typeof card>[0]>) =>
    read({
      status: 200,
      title: "t",
      card: card({ mood: "notice", heading: "h", lead: "l", ...more }),
    });
  assert.deepEqual(reading({}), bare);
  assert.deepEqual(reading({ facts: [] }), bare);
  assert.deepEqual(
    reading({ facts: [["a", undefined], ["b", false], ["c", ""]] }),
    bare,
  );
  assert.deepEqual(reading({ facts: [["a", undefined], ["b", 0], ["c", html`x`]], next: "n" }), {
    ...bare,
    facts: { b: "0", c: "x" },
    next: "n",
  });
});
