/**
 * The authorization code flow from its first page to its last, with a browser that is a `fetch` and a
 * provider without a network: every page, every word and every step that others are told of.
 *
 * @module
 */
import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import type { Credential, PendingAuthorization } from "../../../src/base/credential.ts";
import { ProxyError } from "../../../src/base/errors.ts";
import { redact } from "../../../src/base/redactor.ts";
import type { SignInOptions } from "../../../src/oidc/client_options.ts";
import {
  type CodeFlowWays,
  signInWithCode,
} from "../../../src/oidc/flows/authorization_code_flow.ts";
import { otherUser } from "../../../src/oidc/flows/browser_binding.ts";
import { holdWaits } from "../../support/held_waits.ts";
import { skipWaits } from "../../support/skipped_waits.ts";
import { until } from "../../support/until.ts";
import { failure } from "../rig.ts";
import {
  type Answer,
  began,
  clientId,
  idToken,
  issuer,
  refusal,
  type Script,
  scriptedProvider,
  tokens,
} from "../scripted_provider.ts";

/** A page as the browser gets it. */
interface Seen {
  status: number;
  heading: string | undefined;
  html: string;
  headers: Headers;
}

async function get(url: string, cookie?: string): Promise<Seen> {
  const response = await fetch(url, {
    redirect: "manual",
    headers: cookie === undefined ? {} : { cookie },
  });
  const html = await response.text();
  // A page that took longer follows in the same document.
  const heading = [...html.matchAll(/<h1[^>]*>([^<]*)/g)].at(-1)?.[1];
  return { status: response.status, heading, html, headers: response.headers };
}

type Given = Script & {
  ways?: CodeFlowWays;
  signIn?: Partial<SignInOptions>;
  /** Members of each token answer, besides an ID token for this subject. */
  token?: Record<string, unknown>;
  sub?: string | (() => string);
};

/** Begins a sign-in, and waits until its request is made. */
async function begin(
  { ways, signIn, token = { refresh_token: "r" }, sub = "ada", ...script }: Given = {},
) {
  const events: string[] = [];
  const opened: string[] = [];
  const offers: PendingAuthorization[] = [];
  const stop = new AbortController();
  const ready = Promise.withResolvers<void>();
  const provider = scriptedProvider({
    ...script,
    answers: {
      "/token": async (sent) => {
        events.push("token");
        const nonce = offers.findLast((offer) =>
          offer.codeVerifier === sent.form.get("code_verifier") || offer
        )!.nonce;
        const id_token = await idToken({ nonce, sub: typeof sub === "string" ? sub : sub() });
        return await tokens({ ...nonce && { id_token }, ...token })(sent);
      },
      ...script.answers,
    },
  });
  const connection = await provider.connect();
  const credential = signInWithCode(
    connection,
    {
      signal: stop.signal,
      onInvitation: ({ url, expiresAt }) =>
        void events.push(`invitation ${url} ${expiresAt - began}`),
      onPending: (pending) => {
        events.push(`pending ${pending.browserKey === undefined ? "unbound" : "bound"}`);
        offers.push(pending);
        ready.resolve();
        return Promise.resolve();
      },
      onRedeem: () => Promise.resolve(void events.push("redeem")),
      onCredential: () => Promise.resolve(void events.push("credential")),
      ...signIn,
    },
    ways ?? {
      open: (url) => {
        opened.push(url.href);
        return Promise.resolve();
      },
    },
  );
  credential.catch(() => ready.resolve());
  if (signIn?.resume) offers.push(signIn.resume);
  else await ready.promise;
  await setImmediate();
  /** Goes to the provider in a browser, by our address; the cookie and the provider's URL. */
  const start = async (cookie?: string) => {
    const { startPath, redirectUrl } = offers.at(-1)!;
    const page = await get(new URL(startPath!, redirectUrl).href, cookie);
    return {
      ...page,
      cookie: page.headers.get("set-cookie")?.split(";")[0],
      location: page.headers.get("location"),
    };
  };
  /** Comes back from it. */
  const back = async (parameters: Record<string, string>, cookie?: string) => {
    const url = new URL(offers[0].redirectUrl);
    url.search = new URLSearchParams(parameters).toString();
    return await get(url.href, cookie);
  };
  return {
    credential,
    provider,
    connection,
    events,
    opened,
    offers,
    stop,
    start,
    back,
    /** What was logged, without its levels. */
    said: () => provider.lines.map((line) => line.replace(/^.*?\[(\w+)\] /, "$1: ").trim()),
    good: () => ({ code: "the-code", state: offers.at(-1)!.state }),
  };
}

const succeeded = "You are signed in";

Deno.test("a sign-in from the first page to the last", async () => {
  const run = await begin();
  const [{ redirectUrl, startPath, browserKey, state, expiresAt }] = run.offers;
  const url = new URL(startPath!, redirectUrl).href;
  assert.equal(browserKey, undefined);
  assert.equal(expiresAt, began + 30_000);
  assert.deepEqual(run.opened, [url]);
  assert.deepEqual(run.events, [`invitation ${url} 30000`, "pending unbound"]);
  const { status, location, cookie } = await run.start();
  assert.equal(status, 303);
  assert.equal(new URL(location!).searchParams.get("state"), state);
  assert.ok(cookie!.endsWith(`=${run.offers[1].browserKey}`));
  // The same browser may come again.
  assert.equal((await run.start(cookie)).cookie, cookie);
  const page = await run.back(run.good(), cookie);
  assert.deepEqual([page.status, page.heading], [200, succeeded]);
  assert.match(page.html, /yes, renewed by itself/);
  const { claims, refreshToken } = await run.credential;
  assert.deepEqual([claims?.sub, refreshToken], ["ada", "r"]);
  assert.deepEqual(run.events.slice(2), ["pending bound", "redeem", "token", "credential"]);
  assert.deepEqual(run.said(), [
    `info: opening the browser to sign in; if it does not open, open this URL yourself: ${url}`,
    "info: signed in as ada at https://auth.test/",
  ]);
  await assert.rejects(fetch(redirectUrl), "the port is free again");
});

Deno.test("who is nobody in particular is signed in without a name", async () => {
  const run = await begin({ options: { scopes: [] }, token: {} });
  const { cookie } = await run.start();
  const page = await run.back(run.good(), cookie);
  assert.match(page.html, /until the access token expires/);
  assert.doesNotMatch(page.html, /Account/);
  await run.credential;
  assert.equal(run.said().at(-1), "info: signed in at https://auth.test/");
});

Deno.test("an answer works once, however it ends", async () => {
  const goOn = Promise.withResolvers<void>();
  const run = await begin({
    answers: {
      "/token": async (sent) => {
        await goOn.promise;
        return await refusal("invalid_grant")(sent);
      },
    },
  });
  const { cookie } = await run.start();
  const first = run.back(run.good(), cookie);
  await until(() => run.events.includes("redeem"), "the answer being redeemed");
  const again = await run.back(run.good(), cookie);
  assert.deepEqual([again.status, again.heading], [410, "This answer was used already"]);
  goOn.resolve();
  assert.equal((await first).heading, "The sign-in did not work");
  assert.equal((await failure(run.credential)).reason, "invalid_grant");
});

Deno.test("a refusal is shown in the provider's words, and ends the sign-in", async () => {
  const run = await begin();
  const { cookie } = await run.start();
  const page = await run.back({
    error: "access_denied",
    error_description: "you said no",
    state: run.offers[0].state,
  }, cookie);
  assert.deepEqual([page.status, page.heading], [400, "The sign-in was declined"]);
  assert.match(page.html, /<code>access_denied<\/code>/);
  assert.match(page.html, /<q>you said no<\/q>/);
  assert.equal((await failure(run.credential)).reason, "access_denied");
  assert.equal(run.events.includes("redeem"), false);
  const other = await begin({ answers: { "/token": refusal("invalid_client") } });
  const shown = await other.back(other.good(), (await other.start()).cookie);
  assert.doesNotMatch(shown.html, /Its answer|In its words/);
  assert.equal((await failure(other.credential)).reason, "invalid_client");
});

Deno.test("an answer with another state, or none, is none to this sign-in", async () => {
  const run = await begin();
  const { cookie } = await run.start();
  for (
    const parameters of [{ code: "c", state: "other" }, { code: "c" }, {}] as Record<
      string,
      string
    >[]
  ) {
    const page = await run.back(parameters, cookie);
    assert.deepEqual([page.status, page.heading], [400, "This belongs to another sign-in"]);
  }
  assert.equal((await run.back(run.good(), cookie)).heading, succeeded);
  await run.credential;
});

Deno.test("an answer from another browser is not used, which is said once", async () => {
  const run = await begin();
  const before = await run.back(run.good());
  assert.deepEqual([before.status, before.heading], [
    403,
    "This sign-in belongs to another browser",
  ]);
  const { cookie } = await run.start();
  assert.equal((await run.back(run.good(), `${cookie}x`)).status, 403);
  assert.equal((await run.back(run.good(), cookie)).heading, succeeded);
  await run.credential;
  assert.deepEqual(run.said().filter((line) => line.startsWith("warn")), [
    "warn: the provider's answer came from a browser that the sign-in was not opened in, or that " +
    "keeps no cookies, and was not used",
  ]);
});

Deno.test("an error without state is told of, thrice at most, and the sign-in goes on", async () => {
  const run = await begin();
  const { cookie } = await run.start();
  const error = { error: "invalid_scope", error_description: "no\nsuch" };
  assert.equal((await run.back(error)).heading, "This belongs to another sign-in");
  assert.equal(
    (await run.back({ ...error, state: "other" }, cookie)).heading,
    "This belongs to another sign-in",
  );
  for (let count = 0; count < 3; count++) {
    const page = await run.back(error, cookie);
    assert.deepEqual([page.status, page.heading], [400, "The provider reported an error"]);
    assert.match(page.html, /<code>invalid_scope<\/code>[^]*<q>no such<\/q>/);
  }
  const bare = await run.back({ error: "plain" }, cookie);
  assert.doesNotMatch(bare.html, /In its words/);
  const words = "warn: an error without state came to the redirect URL, and the sign-in goes on: ";
  assert.deepEqual(run.said().slice(1), Array(3).fill(`${words}"invalid_scope: no such"`));
  assert.equal((await run.back(run.good(), cookie)).heading, succeeded);
  await run.credential;
  const other = await begin();
  const mine = await other.start();
  await other.back({ error: "e".repeat(301) }, mine.cookie);
  assert.equal(other.said()[1], `${words}"${"e".repeat(300)}…"`);
  other.stop.abort(new Error("enough"));
  await assert.rejects(other.credential, /enough/);
});

/** Has Linux say that connections to us are of this user, or in this state, or say it too late. */
function peersAre(
  { user, state = "01", isLate = false }: { user: number; state?: string; isLate?: boolean },
): Disposable {
  const { Command } = Deno;
  class Grep {
    #row: string;
    constructor(_name: string, { args, signal }: { args: string[]; signal: AbortSignal }) {
      if (isLate) Object.defineProperty(signal, "aborted", { value: true });
      this.#row = `   1: ${
        args[2]
      } ${state} 00000000:00000000 00:00000000 00000000  ${user}        0 1`;
    }
    output() {
      return Promise.resolve({ stdout: new TextEncoder().encode(`${this.#row}\n`) });
    }
  }
  Object.assign(Deno, { Command: Grep });
  return {
    [Symbol.dispose]() {
      Object.assign(Deno, { Command });
    },
  };
}

Deno.test({
  name:
    "another user of the machine is turned away, which is said thrice at most, and the person comes after",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const run = await begin();
    {
      using _other = peersAre({ user: 54_321 });
      for (let count = 0; count < 4; count++) {
        const { status, heading, location, cookie } = await run.start();
        assert.deepEqual([status, location, cookie], [403, null, undefined]);
        assert.equal(heading, "This sign-in is not yours");
      }
    }
    assert.deepEqual(run.said().slice(1), Array(3).fill(`warn: ${otherUser(54_321)}`));
    {
      using _closing = peersAre({ user: 0, state: "08" });
      const { status, html, location } = await run.start();
      assert.deepEqual([status, html, location], [503, "", null]);
    }
    {
      using _late = peersAre({ user: 0, isLate: true });
      const { status, heading, location } = await run.start();
      assert.deepEqual([status, heading, location], [503, "This machine is very busy", null]);
    }
    assert.deepEqual(
      run.said().slice(4),
      ["warn: this machine was too busy to say whose browser came to sign in, so it was not sent on"],
    );
    assert.equal(run.offers.length, 1, "nobody was sent on");
    {
      using _own = peersAre({ user: Deno.uid()! });
      const { cookie } = await run.start();
      assert.equal((await run.back(run.good(), cookie)).heading, succeeded);
    }
    await run.credential;
  },
});

Deno.test({
  name: "an address that was printed may be opened by anybody, whoever was given it",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const run = await begin({ ways: {} });
    {
      using _other = peersAre({ user: 54_321 });
      assert.equal((await run.start()).status, 303);
    }
    run.stop.abort(new Error("enough"));
    await assert.rejects(run.credential, /enough/);
  },
});

Deno.test("a browser is sent on when those who may go on with the sign-in know it", async () => {
  const known = Promise.withResolvers<void>();
  const told = Promise.withResolvers<PendingAuthorization>();
  const run = await begin({
    signIn: {
      resume: await begun(),
      onPending: async (pending) => {
        told.resolve(pending);
        await known.promise;
      },
    },
  });
  let isSentOn = false;
  const started = run.start().finally(() => isSentOn = true);
  const { browserKey } = await told.promise;
  // Whoever comes after it has an answer already.
  for (let visit = 0; visit < 3; visit++) {
    assert.equal((await get(new URL("/other", run.offers[0].redirectUrl).href)).status, 404);
  }
  assert.equal(isSentOn, false);
  known.resolve();
  assert.ok((await started).cookie!.endsWith(`=${browserKey}`));
  run.stop.abort(new Error("enough"));
  await assert.rejects(run.credential, /enough/);
});

Deno.test("a second browser at the start ends the sign-in", async () => {
  const run = await begin();
  await run.start();
  const page = await run.start();
  assert.deepEqual([page.status, page.heading], [403, "This sign-in was stopped"]);
  const error = await failure(run.credential);
  assert.equal(error.reason, "second_browser");
  assert.deepEqual(run.said().slice(1), [`warn: ${error.what}`]);
});

Deno.test("a second browser while the code is redeemed, or stored, ends it, too", async () => {
  for (const step of ["token", "credential"]) {
    const reached = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    let stored = 0;
    const holdAt = async (at: string) => {
      if (at !== step) return;
      reached.resolve();
      await goOn.promise;
    };
    const run = await begin({
      options: { scopes: [] },
      answers: {
        "/token": async (sent) => {
          await holdAt("token");
          return await tokens()(sent);
        },
      },
      signIn: {
        onCredential: async () => {
          stored++;
          await holdAt("credential");
        },
      },
    });
    const { cookie } = await run.start();
    const page = run.back(run.good(), cookie).catch(() => undefined);
    await reached.promise;
    assert.equal((await run.start()).heading, "This sign-in was stopped");
    goOn.resolve();
    assert.equal((await failure(run.credential)).reason, "second_browser");
    assert.notEqual((await page)?.heading, succeeded);
    assert.equal(stored, step === "token" ? 0 : 1, "what may be another person's is not stored");
  }
});

Deno.test("a code that is not sent to anybody is a secret all the same", async () => {
  const run = await begin();
  const { cookie } = await run.start();
  const code = "a-code-for-another-provider";
  await run.back({ ...run.good(), code, iss: "https://other.test" }, cookie);
  await failure(run.credential);
  assert.ok(!run.events.includes("token"));
  assert.equal(redact(`the code ${code}`), "the code [redacted]");
});

Deno.test("a sign-in that ends while others are told of it ends with that reason alone", async () => {
  const stop = new AbortController();
  const run = await begin({
    signIn: {
      signal: stop.signal,
      onPending: async () => {
        stop.abort(new Error("enough"));
        // What nobody hears of in time would be told in another turn.
        await setImmediate();
      },
    },
  });
  await assert.rejects(run.credential, /^Error: enough$/);
  assert.deepEqual(run.opened, []);
});

Deno.test("nothing is at another address, and nothing is posted", async () => {
  const run = await begin();
  const { redirectUrl } = run.offers[0];
  const wrong = await get(new URL("/sign-in/other", redirectUrl).href);
  assert.deepEqual([wrong.status, wrong.heading], [404, "There is nothing at this address"]);
  const posted = await fetch(redirectUrl, { method: "POST" });
  await posted.body?.cancel();
  assert.deepEqual([posted.status, posted.headers.get("allow")], [405, "GET"]);
  run.stop.abort(new Error("enough"));
  await assert.rejects(run.credential, /^Error: enough$/);
  await assert.rejects(fetch(redirectUrl));
});

Deno.test("a sign-in that is ended before it begins does nothing", async () => {
  const provider = scriptedProvider();
  const connection = await provider.connect();
  const asked = provider.sent.length;
  await assert.rejects(
    signInWithCode(connection, { signal: AbortSignal.abort(new Error("enough")) }, {}),
    /^Error: enough$/,
  );
  assert.equal(provider.sent.length, asked);
});

Deno.test("no page is opened before others can go on with the sign-in", async () => {
  const connection = await scriptedProvider().connect();
  const stop = new AbortController();
  const [told, known, shown] = [1, 2, 3].map(() => Promise.withResolvers<void>());
  let opened = 0;
  const credential = signInWithCode(connection, {
    signal: stop.signal,
    onPending: async () => {
      told.resolve();
      await known.promise;
    },
  }, {
    open: () => {
      opened++;
      shown.resolve();
      return Promise.resolve();
    },
  });
  await told.promise;
  await setImmediate();
  assert.equal(opened, 0);
  known.resolve();
  await shown.promise;
  stop.abort(new Error("enough"));
  await assert.rejects(credential, /^Error: enough$/);
});

Deno.test("nobody who does not come is waited for longer than is set", async () => {
  const late = async (
    { options, during }: {
      options?: Script["options"];
      during?: (run: Awaited<ReturnType<typeof begin>>) => Promise<void>;
    } = {},
  ) => {
    using held = await holdWaits();
    const run = await begin({ options });
    await during?.(run);
    held.release();
    const error = await failure(run.credential);
    assert.equal(error.reason, "login_timeout");
    return { error, redirectUrl: run.offers[0].redirectUrl };
  };
  const any = await late();
  assert.equal(
    any.error.message,
    "Authentication error: nobody signed in within 30 s. Fix: start again, or raise --login-timeout; " +
      "if the browser showed an error instead, register the redirect URL http://127.0.0.1/auth/callback, " +
      "with any port, for the client client at the provider.",
  );
  const free = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = free.addr;
  free.close();
  const one = await late({
    options: { redirectUrls: [new URL(`http://127.0.0.1:${port}/auth/callback`)] },
  });
  assert.ok(one.error.fix.includes(`register the redirect URL ${one.redirectUrl} for the client`));
  // One that is registered with its port is named with it, though any other could be had as well.
  const both = await late({
    options: {
      redirectUrls: [
        new URL(`http://127.0.0.1:${port}/auth/callback`),
        new URL("http://127.0.0.1:0/auth/callback"),
      ],
    },
  });
  assert.ok(both.error.fix.includes(`register the redirect URL ${both.redirectUrl} for`));
  const told = (error: string) =>
    late({
      during: async ({ start, back }) => {
        const { cookie } = await start();
        await back({ error, error_description: "words of somebody" }, cookie);
      },
    });
  assert.match(
    (await told("invalid_scope")).error.what,
    /^nobody signed in within 30 s; an error without state came meanwhile: invalid_scope$/,
  );
  assert.match((await told("a".repeat(40))).error.what, /a{40}$/);
  for (const error of ["a".repeat(41), "Ignore all", "a1", ""]) {
    assert.equal((await told(error)).error.what, "nobody signed in within 30 s");
  }
});

Deno.test("who has answered in time is not late", async () => {
  const late = Promise.withResolvers<void>();
  using held = await holdWaits();
  const run = await begin({
    options: { scopes: [] },
    answers: {
      "/token": async (sent) => {
        await late.promise;
        return await tokens()(sent);
      },
    },
  });
  const { cookie } = await run.start();
  const page = run.back(run.good(), cookie);
  page.catch(() => {});
  await until(() => run.events.includes("redeem"), "the answer being redeemed");
  // From then on its own limit counts, which is held no more.
  held.release();
  await setImmediate();
  late.resolve();
  const error = await run.credential.then(() => undefined, (error) => error);
  assert.notEqual(error?.reason, "login_timeout");
});

Deno.test("a browser that cannot be opened ends the sign-in where there is another way", async () => {
  const broken = new ProxyError({
    category: "System error",
    what: "no browser",
    fix: "f",
    reason: "browser_failed",
  });
  const rejecting = (error: unknown) => () => Promise.reject(error);
  const fails = await begin({
    ways: { open: rejecting(broken), openOrFail: () => Promise.resolve(true) },
  });
  assert.equal(await failure(fails.credential), broken);
  const others: [error: unknown, openOrFail: CodeFlowWays["openOrFail"], words: string][] = [
    [broken, undefined, "no browser"],
    [broken, () => Promise.resolve(false), "no browser"],
    [broken, () => Promise.reject(new Error("x")), "no browser"],
    [new Error("a\nb", { cause: new Error("c") }), undefined, "a b (c)"],
  ];
  for (const [error, openOrFail, words] of others) {
    const run = await begin({ ways: { open: rejecting(error), openOrFail } });
    const url = new URL(run.offers[0].startPath!, run.offers[0].redirectUrl).href;
    await until(() => run.said().length === 2, "the words for it");
    assert.equal(
      run.said()[1],
      `info: ${words}; open this URL in a browser on this machine to sign in: ${url}`,
    );
    await run.back(run.good(), (await run.start()).cookie);
    await run.credential;
  }
});

Deno.test("without a browser the person is asked to open the address", async () => {
  const run = await begin({ ways: {} });
  const url = new URL(run.offers[0].startPath!, run.offers[0].redirectUrl).href;
  assert.deepEqual(run.said(), [
    `info: open this URL in a browser on this machine to sign in: ${url}`,
  ]);
  await run.back(run.good(), (await run.start()).cookie);
  await run.credential;
});

/** A terminal at which lines are typed as they come. */
function terminal(...lines: (string | Promise<string> | undefined)[]) {
  return { readLine: async () => await lines.shift() };
}

Deno.test("where the answer is pasted, the provider's own address is shown", async () => {
  const line = Promise.withResolvers<string>();
  const run = await begin({ ways: { terminal: terminal(line.promise) } });
  const [{ authorizationUrl, startPath }] = run.offers;
  assert.equal(startPath, undefined);
  assert.deepEqual(run.events, ["pending unbound"], "nobody is invited to what is not ours");
  assert.equal(
    run.said()[0],
    `info: open this URL in any browser to sign in: ${authorizationUrl}`,
  );
  line.resolve(`http://x/?${new URLSearchParams(run.good())}`);
  assert.equal((await run.credential).claims?.sub, "ada");
});

Deno.test("what is pasted after the browser has come is not asked for", async () => {
  const run = await begin({ ways: { terminal: terminal(new Promise(() => {})) } });
  assert.equal((await run.back(run.good())).heading, succeeded);
  await run.credential;
});

Deno.test("a code alone that is refused is asked for again; a whole answer is not", async () => {
  const lines = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
  const answers: Answer[] = [refusal("invalid_grant"), tokens({ refresh_token: "r" })];
  const run = await begin({
    options: { scopes: [] },
    answers: { "/token": answers },
    ways: { terminal: terminal(lines[0].promise, lines[1].promise) },
  });
  lines[0].resolve("a-code-that-is-none-of-ours");
  await until(() => run.offers.length === 2, "the request being offered again");
  assert.equal(run.offers[1], run.offers[0]);
  lines[1].resolve(`code=c&state=${run.offers[0].state}`);
  await run.credential;
  assert.equal(
    run.said()[2],
    "info: https://auth.test answered the code exchange with invalid_grant: paste the whole URL " +
      "of the last page instead",
  );
  for (
    const [line, answer] of [
      ["whole", refusal("invalid_grant")],
      ["a-code-that-is-none-of-ours", refusal("invalid_client")],
    ] as const
  ) {
    const typed = Promise.withResolvers<string>();
    const ended = await begin({
      options: { scopes: [] },
      answers: { "/token": answer },
      ways: { terminal: terminal(typed.promise) },
    });
    typed.resolve(line === "whole" ? `code=c&state=${ended.offers[0].state}` : line);
    await failure(ended.credential);
    assert.equal(ended.offers.length, 1);
  }
});

Deno.test("a code alone that is refused too late ends the sign-in", async () => {
  const line = Promise.withResolvers<string>();
  const run = await begin({
    options: { scopes: [] },
    answers: {
      "/token": (sent) => {
        run.provider.clock.time = began + 30_000;
        return refusal("invalid_grant")(sent);
      },
    },
    ways: { terminal: terminal(line.promise) },
  });
  line.resolve("a-code-that-is-none-of-ours");
  assert.equal((await failure(run.credential)).reason, "invalid_grant");
});

Deno.test("a port that is taken is no obstacle where the answer can be pasted", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const redirectUrls = [new URL(`http://127.0.0.1:${taken.addr.port}/auth/callback`)];
  const line = Promise.withResolvers<string>();
  const run = await begin({
    options: { redirectUrls },
    ways: { terminal: terminal(line.promise) },
  });
  assert.equal(run.offers[0].redirectUrl, redirectUrls[0].href);
  assert.match(
    run.said()[0],
    /^warn: port \d+ of the redirect URL .* is taken by another program$/,
  );
  line.resolve(`code=c&state=${run.offers[0].state}`);
  await run.credential;
  const without = await begin({ options: { redirectUrls } });
  assert.equal((await failure(without.credential)).reason, "redirect_port_taken");
});

Deno.test("a terminal that breaks ends the sign-in", async () => {
  const run = await begin({
    ways: { terminal: { readLine: () => Promise.reject(new Error("gone")) } },
  });
  await assert.rejects(run.credential, /^Error: gone$/);
});

/** A request that another process has begun, with a browser that has come or not. */
async function begun({ browserKey, ...script }: Script & { browserKey?: string } = {}) {
  const free = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = free.addr;
  free.close();
  const run = await begin({
    ...script,
    options: {
      redirectUrls: [new URL(`http://127.0.0.1:${port}/auth/callback`)],
      ...script.options,
    },
  });
  run.stop.abort(new Error("ended"));
  await run.credential.catch(() => {});
  const [resume] = run.offers;
  return browserKey === undefined ? resume : { ...resume, browserKey };
}

Deno.test("a sign-in that was begun already is waited for, and no tab opens", async () => {
  const resume = await begun({ browserKey: "the-key" });
  const run = await begin({ signIn: { resume } });
  await until(() => run.said().length > 0, "the words for it");
  const url = new URL(resume.startPath!, resume.redirectUrl).href;
  assert.deepEqual(run.said(), [`info: waiting for a sign-in that was begun already: ${url}`]);
  assert.deepEqual(run.opened, []);
  assert.deepEqual(run.events, [`invitation ${url} 30000`]);
  const cookie = `authful-sign-in-${new URL(resume.redirectUrl).port}=the-key`;
  assert.equal((await run.back(run.good(), cookie)).heading, succeeded);
  await run.credential;
});

Deno.test("it is opened once more when its time has come and nobody else has", async () => {
  const resume = await begun();
  const opensAgain = async (signIn: Partial<SignInOptions>, given: Given = {}) => {
    const reopened = Promise.withResolvers<void>();
    const run = await begin({
      ...given,
      signIn: {
        resume,
        onReopen: () => Promise.resolve(reopened.resolve()),
        ...signIn,
      },
    });
    return { ...run, reopened: reopened.promise };
  };
  const url = new URL(resume.startPath!, resume.redirectUrl).href;
  for (const reopenAt of [began - 1, began, began + 30]) {
    const run = await opensAgain({ reopenAt });
    await run.reopened;
    await until(() => run.opened.length > 0, "the page being opened");
    assert.deepEqual(run.opened, [url]);
    assert.equal(run.said()[0].startsWith("info: waiting for"), reopenAt > began);
    const discovered = run.provider.sentTo("/.well-known/openid-configuration").length;
    assert.equal(discovered, 2, "the provider has shown that it is there");
    run.stop.abort(new Error("enough"));
    await assert.rejects(run.credential, /enough/);
  }
  // Somebody has come by then.
  using held = await holdWaits();
  const come = await opensAgain({
    resume: { ...resume, expiresAt: began + 7_200_000 },
    reopenAt: began + 60_000,
  });
  await come.start();
  held.release();
  for (let turn = 0; turn < 5; turn++) await setImmediate();
  assert.equal(come.provider.sentTo("/.well-known/openid-configuration").length, 1);
  assert.deepEqual(come.opened, []);
  come.stop.abort(new Error("enough"));
  await assert.rejects(come.credential, /enough/);
});

Deno.test("a provider that is away is asked again every 15 s, and then the page is opened", async () => {
  const resume = await begun();
  const usual = {
    issuer,
    authorization_endpoint: `${issuer}/auth`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/jwks`,
  };
  const away: Answer = () => new Response(null, { status: 503 });
  const there: Answer = () => Response.json(usual);
  const waits: number[] = [];
  const provider = scriptedProvider({
    options: { loginTimeout: 7_200_000 },
    answers: { "/.well-known/openid-configuration": [there, away, away, there] },
  });
  const connection = await provider.connect();
  const stop = new AbortController();
  const opened = Promise.withResolvers<void>();
  using _skipped = skipWaits((milliseconds) => {
    waits.push(milliseconds);
    provider.clock.time += milliseconds;
  });
  const credential = signInWithCode(connection, {
    resume: { ...resume, expiresAt: began + 7_200_000 },
    reopenAt: began,
    signal: stop.signal,
  }, {
    open: () => Promise.resolve(opened.resolve()),
  });
  credential.catch(opened.reject);
  await opened.promise;
  assert.deepEqual(waits.filter((wait) => wait > 1_000), [15_000, 15_000]);
  const said = provider.lines.filter((line) => line.includes("not opened again yet"));
  assert.equal(said.length, 2);
  assert.match(
    said[0],
    /\[info\] the page is not opened again yet: https:\/\/auth\.test\/\.well-known\/openid-configuration answered 503/,
  );
  stop.abort(new Error("enough"));
  await assert.rejects(credential, /enough/);
});

Deno.test("a pushed request is pushed anew before it is opened again", async () => {
  const metadata = {
    pushed_authorization_request_endpoint: `${issuer}/par`,
    require_pushed_authorization_requests: true,
  };
  let pushes = 0;
  const par: Answer = () =>
    Response.json({ request_uri: `urn:request:${++pushes}`, expires_in: 60 }, { status: 201 });
  const resume = await begun({ metadata, answers: { "/par": par } });
  const run = await begin({
    metadata,
    answers: { "/par": par },
    signIn: { resume, reopenAt: began },
  });
  await until(() => run.opened.length > 0, "the page being opened");
  const again = run.offers.at(-1)!;
  assert.match(again.authorizationUrl, /urn%3Arequest%3A2/);
  assert.deepEqual([again.state, again.startPath, again.expiresAt], [
    resume.state,
    resume.startPath,
    resume.expiresAt,
  ]);
  assert.equal(again.browserKey, undefined);
  assert.deepEqual(run.opened, [new URL(resume.startPath!, resume.redirectUrl).href]);
  const { location, cookie } = await run.start();
  assert.equal(location, again.authorizationUrl);
  assert.equal((await run.back(run.good(), cookie)).heading, succeeded);
  await run.credential;
});

/** A provider that may give a refresh token to who asks for consent, and what is remembered of it. */
function consenting(noted?: boolean): Script & { written: unknown[][] } {
  const written: unknown[][] = [];
  return {
    written,
    metadata: { scopes_supported: ["openid", "offline_access"] },
    options: {
      scopes: ["openid", "offline_access"],
      notes: {
        read: (name) => Promise.resolve(name.startsWith("consent") ? noted : undefined),
        write: (name, ...note) => {
          if (name.startsWith("consent")) written.push(note);
          return Promise.resolve();
        },
        remove: () => Promise.resolve(),
      },
    },
  };
}
const promptOf = (url: string) => new URL(url).searchParams.get("prompt");

/** A sign-in whose second question is asked. */
async function asked(second: Answer | undefined, given: Given = {}) {
  const script = consenting();
  let count = 0;
  const nonces: string[] = [];
  const run = await begin({
    ...script,
    ...given,
    answers: {
      "/token": async (sent) => {
        if (++count > 1 && second) return await second(sent);
        const id_token = await idToken({ nonce: nonces.at(-1), ...count > 1 && { sub: "eve" } });
        return await tokens({ id_token })(sent);
      },
      ...given.answers,
    },
  });
  nonces.push(run.offers[0].nonce);
  const { cookie } = await run.start();
  const page = await run.back(run.good(), cookie);
  const location = page.headers.get("location");
  const parameters = location ? new URL(location).searchParams : undefined;
  if (parameters?.has("nonce")) nonces.push(parameters.get("nonce")!);
  return { run, page, cookie, location, parameters, written: script.written, nonces };
}

Deno.test("the same tab is asked for consent where no refresh token came", async () => {
  const { run, page, cookie, location, parameters, written, nonces } = await asked(
    async (sent) =>
      await tokens({ id_token: await idToken({ nonce: nonces.at(-1) }), refresh_token: "r2" })(
        sent,
      ),
  );
  assert.deepEqual([page.status, page.heading], [303, "One more step"]);
  assert.equal(promptOf(location!), "consent");
  assert.equal(promptOf(run.offers[0].authorizationUrl), null);
  assert.notEqual(parameters!.get("state"), run.offers[0].state);
  assert.ok(
    run.said().includes(
      "info: https://auth.test/ gave no refresh token: asking in the same tab for consent to offline access",
    ),
  );
  assert.equal((await run.back(run.good(), cookie)).status, 410, "the first answer again");
  const back = { code: "c2", state: parameters!.get("state")! };
  assert.equal((await run.back(back, "x=y")).status, 403, "another browser");
  assert.equal((await run.back(back, cookie)).heading, succeeded);
  assert.equal((await run.credential).refreshToken, "r2");
  assert.deepEqual(written, [[true, undefined]]);
  assert.equal(run.events.filter((event) => event === "credential").length, 2);
});

Deno.test("what the second question does not bring is done without, and remembered", async () => {
  const denied = await asked(undefined);
  const page = await denied.run.back({
    error: "access_denied",
    state: denied.parameters!.get("state")!,
  }, denied.cookie);
  assert.equal(page.heading, succeeded);
  assert.equal((await denied.run.credential).claims?.sub, "ada");
  assert.deepEqual(denied.written, [[false, undefined]]);
  assert.ok(
    denied.run.said().includes(
      "info: asking for consent brought no refresh token: https://auth.test answered the authorization " +
        "request with access_denied",
    ),
  );
  const down = await asked(() => new Response(null, { status: 503 }));
  const back = (each: typeof down) => ({ code: "c2", state: each.parameters!.get("state")! });
  assert.equal((await down.run.back(back(down), down.cookie)).heading, succeeded);
  await down.run.credential;
  assert.deepEqual(down.written, [], "it may be otherwise next time");
  const none = await asked(async (sent) =>
    await tokens({ id_token: await idToken({ nonce: none.nonces.at(-1) }) })(sent)
  );
  assert.equal((await none.run.back(back(none), none.cookie)).heading, succeeded);
  assert.equal((await none.run.credential).refreshToken, undefined);
  assert.deepEqual(none.written, [[false, undefined]]);
  const eve = await asked(undefined);
  assert.equal((await eve.run.back(back(eve), eve.cookie)).heading, succeeded);
  assert.equal((await eve.run.credential).claims?.sub, "ada", "somebody else is not taken");
  assert.equal(eve.run.events.filter((event) => event === "credential").length, 1);
});

Deno.test("a second browser at the second question ends a sign-in that has its credential", async () => {
  const { run } = await asked(undefined);
  assert.equal((await run.start()).heading, "This sign-in was stopped");
  assert.equal((await failure(run.credential)).reason, "second_browser");
});

Deno.test("what ends a sign-in while its second code is redeemed is no success, and nothing is remembered", async () => {
  for (const end of ["second_browser", "the end"]) {
    const reached = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    const { run, cookie, parameters, written } = await asked(async (sent) => {
      reached.resolve();
      await goOn.promise;
      return await refusal("invalid_grant")(sent);
    });
    const back = { code: "c2", state: parameters!.get("state")! };
    const page = run.back(back, cookie).catch(() => undefined);
    await reached.promise;
    if (end === "the end") run.stop.abort(new Error("enough"));
    else await run.start();
    goOn.resolve();
    if (end === "the end") await assert.rejects(run.credential, /^Error: enough$/);
    else assert.equal((await failure(run.credential)).reason, end);
    assert.notEqual((await page)?.heading, succeeded);
    assert.deepEqual(written, []);
  }
});

Deno.test("a question that nobody answers is given up after two minutes, for a day", async () => {
  const waits: number[] = [];
  const script = consenting();
  const run = await begin({
    ...script,
    options: { ...script.options, loginTimeout: 7_200_000 },
    token: {},
  });
  const { cookie } = await run.start();
  using _skipped = skipWaits((milliseconds) => void waits.push(milliseconds));
  const page = await run.back(run.good(), cookie);
  assert.equal(page.heading, "One more step");
  assert.equal((await run.credential).claims?.sub, "ada");
  // Less what had passed when the alarm of all timers was set.
  assert.ok(waits.some((wait) => wait > 60_000 && wait <= 120_000), `${waits}`);
  assert.deepEqual(script.written, [[false, 86_400_000]]);
  assert.ok(
    run.said().includes(
      "info: nobody answered the question for consent: signed in without a refresh token",
    ),
  );
});

Deno.test("the second question may take two minutes, and does not outlast the sign-in", async () => {
  for (const [loginTimeout, seconds] of [[60_000, 60], [300_000, 120]]) {
    const script = consenting();
    const run = await begin({ ...script, options: { ...script.options, loginTimeout }, token: {} });
    const { cookie } = await run.start();
    assert.equal((await run.back(run.good(), cookie)).heading, "One more step");
    const { headers } = await run.start(cookie);
    assert.match(headers.get("set-cookie")!, new RegExp(`; Max-Age=${seconds};`));
    run.stop.abort(new Error("enough"));
    await assert.rejects(run.credential, /enough/);
  }
});

Deno.test("where asking helped before it is asked at once, and where it did not, never", async () => {
  for (
    const [noted, prompt, written] of [[true, "consent", [[false, undefined]]], [
      false,
      null,
      [],
    ]] as const
  ) {
    const script = consenting(noted);
    const run = await begin({ ...script, token: {} });
    assert.equal(promptOf(run.offers[0].authorizationUrl), prompt);
    const { cookie } = await run.start();
    assert.equal((await run.back(run.good(), cookie)).heading, succeeded);
    await run.credential;
    assert.deepEqual(script.written, written);
  }
  const helped = consenting(true);
  const run = await begin({ ...helped, token: { refresh_token: "r" } });
  await run.back(run.good(), (await run.start()).cookie);
  await run.credential;
  assert.deepEqual(helped.written, []);
});

Deno.test("with a refresh token nothing more is asked", async () => {
  const script = consenting();
  const run = await begin({ ...script, token: { refresh_token: "r" } });
  const { cookie } = await run.start();
  assert.equal((await run.back(run.good(), cookie)).heading, succeeded);
  await run.credential;
  assert.deepEqual(script.written, []);
});

Deno.test("a pasted answer has no tab to lead on, so the next sign-in asks", async () => {
  const script = consenting();
  const line = Promise.withResolvers<string>();
  const run = await begin({ ...script, token: {}, ways: { terminal: terminal(line.promise) } });
  line.resolve(`code=c&state=${run.offers[0].state}`);
  await run.credential;
  assert.deepEqual(script.written, [[true, undefined]]);
});

Deno.test("a second request that cannot be made is no obstacle", async () => {
  const script = consenting();
  let pushes = 0;
  const run = await begin({
    ...script,
    metadata: {
      ...script.metadata,
      pushed_authorization_request_endpoint: `${issuer}/par`,
      require_pushed_authorization_requests: true,
    },
    token: {},
    answers: {
      "/par": (sent) =>
        ++pushes === 1
          ? Response.json({ request_uri: "urn:request:1", expires_in: 60 }, { status: 201 })
          : refusal("invalid_request", "no")(sent),
    },
  });
  const { cookie } = await run.start();
  assert.equal((await run.back(run.good(), cookie)).heading, succeeded);
  await run.credential;
  assert.ok(
    run.said().includes(
      "info: cannot ask for consent to offline access: https://auth.test answered the pushed " +
        "authorization request with invalid_request: no",
    ),
  );
});

Deno.test("a request that asks for consent already is gone on with as one", async () => {
  const script = consenting();
  const first = await begun(script);
  for (
    const [prompt, heading] of [["login consent", succeeded], ["login", "One more step"], [
      "consents",
      "One more step",
    ]]
  ) {
    const url = new URL(first.authorizationUrl);
    url.searchParams.set("prompt", prompt);
    const resume = { ...first, authorizationUrl: url.href };
    const run = await begin({ ...script, token: {}, signIn: { resume } });
    await until(() => run.said().length > 0, "the words for it");
    const { cookie } = await run.start();
    const page = await run.back({ code: "c", state: resume.state }, cookie);
    assert.equal(page.heading, heading, prompt);
    run.stop.abort(new Error("enough"));
    await run.credential.catch(() => {});
  }
});

Deno.test("a port is asked for among our own processes, and given back", async () => {
  const order: string[] = [];
  const reservePort: SignInOptions["reservePort"] = (port, { wait }) => {
    order.push(`reserve ${port > 0} ${wait}`);
    return Promise.resolve({
      [Symbol.asyncDispose]: () => Promise.resolve(void order.push("release")),
    });
  };
  const resume = await begun();
  const run = await begin({ signIn: { resume, reservePort } });
  await until(() => run.said().length > 0, "the words for it");
  await run.back(run.good(), (await run.start()).cookie);
  await run.credential;
  assert.deepEqual(order, ["reserve true false", "release"]);
});

Deno.test("the credential of a sign-in is that of its client", async () => {
  const run = await begin();
  await run.back(run.good(), (await run.start()).cookie);
  const credential: Credential = await run.credential;
  assert.deepEqual([credential.issuer, credential.clientId], [`${issuer}/`, clientId]);
});
