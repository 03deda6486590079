import assert from "node:assert/strict";
import { ProxyError } from "../../../src/base/errors.ts";
import { programName, version } from "../../../src/base/version.ts";
import type { Authorizer, OutgoingRequest, Refusal } from "../../../src/bridge/authorizer.ts";
import {
  type BackendHttpOptions,
  type BackendRequest,
  createBackendHttp,
} from "../../../src/bridge/http/backend_http.ts";
import { FakeTime } from "../../credentials/fake_time.ts";
import { until } from "../../support/until.ts";
import { asFetched, bodyOf, openBody, textOf } from "../bridge_parts.ts";

const url = new URL("https://backend.test/mcp");
const over = new ProxyError({ category: "Backend error", what: "a", fix: "b", reason: "over" });

interface Fetched {
  url: string;
  init: RequestInit & { headers: Record<string, string> };
}

/** The HTTP side of a bridge whose requests are answered by the test. */
function open(
  answer: (fetched: Fetched, count: number) => Response | Promise<Response>,
  { authorizer, ...options }: Omit<Partial<BackendHttpOptions>, "authorizer"> & {
    authorizer?: Partial<Authorizer>;
  } = {},
) {
  const fetched: Fetched[] = [];
  let replaced = 0;
  const fetch = async (to: string | URL | Request, init?: RequestInit) => {
    const one = { url: String(to), init: init as Fetched["init"] };
    fetched.push(one);
    return asFetched(await answer(one, fetched.length));
  };
  const authorized: OutgoingRequest[] = [];
  const http = createBackendHttp({
    url,
    connections: { fetch, fetchAlone: fetch, replace: () => void replaced++ },
    authorizer: {
      authorize(request) {
        authorized.push(request);
        return { authorization: `Bearer ${authorized.length}` };
      },
      refused: () => Promise.resolve(),
      ...authorizer,
    },
    ...options,
  });
  const send = (request: Partial<BackendRequest> = {}) =>
    http.send({
      method: "POST",
      headers: { accept: "application/json" },
      body: new TextEncoder().encode("{}"),
      purpose: "client",
      signal: new AbortController().signal,
      ...request,
    }, async (response) => ({
      status: response.status,
      headers: response.headers,
      text: await response.text(),
    }));
  return { http, send, fetched, authorized, replaced: () => replaced };
}

const good = () => new Response("good");
const refused = (status: number, challenge = true) => () =>
  new Response("why", { status, headers: challenge ? { "www-authenticate": "Bearer" } : {} });

Deno.test("a request is authorized and sent, and its answer read", async () => {
  let leaves = 0;
  const { http, send, fetched, authorized } = open(good, { headers: { "x-mine": "1" } });
  assert.deepEqual(http.known, { isAddressGood: false, authorizationBytes: undefined });
  const before = performance.now();
  const { status, text } = await send({ onSend: () => void leaves++ });
  assert.deepEqual([status, text, leaves], [200, "good", 1]);
  const [{ url: to, init }] = fetched as [Fetched];
  assert.equal(to, url.href);
  assert.deepEqual([init.method, init.redirect], ["POST", "manual"]);
  assert.deepEqual(Object.entries(init.headers), [
    ["user-agent", `${programName}/${version}`],
    ["x-mine", "1"],
    ["accept", "application/json"],
    ["authorization", "Bearer 1"],
  ]);
  assert.equal(await new Response((init.body as Blob).stream()).text(), "{}");
  const [{ method, url: asked, purpose }] = authorized as [OutgoingRequest];
  assert.deepEqual([method, asked.href, purpose], ["POST", url.href, "client"]);
  assert.deepEqual(http.known, { isAddressGood: true, authorizationBytes: 8 });
  assert.ok(http.lastUsed >= before);
  await send({ method: "GET", url: new URL("https://backend.test/sse"), body: undefined });
  assert.deepEqual([fetched[1]!.url, fetched[1]!.init.body], [
    "https://backend.test/sse",
    undefined,
  ]);
});

Deno.test("nothing that a person sets beats the protocol, and nothing the authorization", async () => {
  const { send, fetched } = open(good, {
    headers: { "user-agent": "mine", "accept": "mine", "authorization": "mine" },
  });
  await send({ headers: { accept: "ours", authorization: "ours" } });
  assert.deepEqual(fetched[0]!.init.headers, {
    "user-agent": "mine",
    "accept": "ours",
    "authorization": "Bearer 1",
  });
});

Deno.test("a refusal goes to the authorizer with all that is known, and once more it is sent", async () => {
  for (const status of [401, 403]) {
    const refusals: Refusal[] = [];
    const answered: number[] = [];
    let heard = 0;
    const { send, fetched } = open(
      (_, count) => count < 3 ? refused(status)() : good(),
      {
        authorizer: {
          refused: (refusal) => Promise.resolve(void refusals.push(refusal)),
          answered: () => void answered.push(fetched.length),
        },
      },
    );
    const lost: unknown[] = [];
    const { text } = await send({
      onRefusal: () => void heard++,
      isSessionLost: (answer) => Promise.resolve(void lost.push(answer) === undefined),
    });
    assert.deepEqual([text, fetched.length, heard], ["good", 3, 2]);
    assert.deepEqual(answered, [3], "of refusals it is told otherwise");
    assert.deepEqual(
      refusals.map(({ status, fields, attempt, body, headers }) => [
        status,
        fields,
        attempt,
        textOf(body!),
        headers.get("www-authenticate"),
      ]),
      [1, 2].map((n) => [status, { authorization: `Bearer ${n}` }, n, "why", "Bearer"]),
    );
    assert.equal(refusals[0]!.request, refusals[1]!.request, "it is one message");
    assert.equal(await refusals[0]!.isSessionLost!(), true);
    assert.deepEqual(lost, [{ status, body: new TextEncoder().encode("why") }]);
  }
});

Deno.test("without a session nobody asks whether it is lost", async () => {
  const refusals: Refusal[] = [];
  const { send } = open((_, count) => count === 1 ? refused(401)() : good(), {
    authorizer: { refused: (refusal) => Promise.resolve(void refusals.push(refusal)) },
  });
  await send();
  assert.equal(refusals[0]!.isSessionLost, undefined);
});

Deno.test("a refusal that is not about the token is read as any other answer", async () => {
  const { send, fetched } = open(refused(401), {
    authorizer: { refused: () => Promise.resolve("answer" as const) },
  });
  const { status, text, headers } = await send();
  assert.deepEqual([status, text, headers.get("content-length"), headers.get("www-authenticate")], [
    401,
    "why",
    "3",
    "Bearer",
  ]);
  assert.equal(fetched.length, 1);
});

Deno.test("one message is not sent more often than seven times", async () => {
  const { send, fetched } = open(refused(401));
  await assert.rejects(send(), {
    reason: "token_refused",
    httpStatus: 401,
    message: "Authentication error: the backend refused 6 tokens in a row (HTTP 401). " +
      "Fix: check that the backend trusts this issuer and client.",
  });
  assert.equal(fetched.length, 7);
  const forbidden = open(refused(403, false), {
    authorizer: { forbidden: () => Promise.resolve(true) },
  });
  assert.equal((await forbidden.send()).status, 403);
  assert.equal(forbidden.fetched.length, 7);
});

Deno.test("a 403 without a challenge is sent again with a new token, or else is the answer", async () => {
  const seen: Refusal[] = [];
  const { body, cancelled } = openBody();
  const renewed = open(
    (_, count) => count === 1 ? new Response(body, { status: 403 }) : refused(403, false)(),
    { authorizer: { forbidden: (refusal) => Promise.resolve(seen.push(refusal) === 1) } },
  );
  const { status, text } = await renewed.send();
  assert.deepEqual([status, text, renewed.fetched.length], [403, "why", 2]);
  assert.deepEqual(seen.map(({ attempt, status }) => [attempt, status]), [[1, 403], [2, 403]]);
  assert.equal(cancelled.length, 1);
  const plain = open(refused(403, false));
  assert.equal((await plain.send()).status, 403);
  assert.equal(plain.fetched.length, 1);
});

Deno.test("a question is answered with a refusal, and no token is renewed for it", async () => {
  for (const [status, challenge] of [[401, true], [403, true], [403, false]] as const) {
    const { send } = open(refused(status, challenge), {
      authorizer: {
        refused: () => Promise.reject(new Error("nobody is asked")),
        forbidden: () => Promise.reject(new Error("nobody is asked")),
      },
    });
    assert.equal((await send({ isQuestion: true })).status, status);
  }
});

Deno.test("no more than 1 MiB of a refusal is read", async () => {
  let length = 0;
  const { send } = open(
    (_, count) =>
      count === 1 ? new Response(bodyOf("x".repeat(1 << 20), "y"), { status: 401 }) : good(),
    { authorizer: { refused: ({ body }) => Promise.resolve(void (length = body!.length)) } },
  );
  await send();
  assert.equal(length, 1_048_576);
});

Deno.test("a redirect is followed on the same origin, five times", async () => {
  const redirect = (count: number) =>
    new Response("x", { status: 307, headers: { location: `/${count}` } });
  const five = open((_, count) => count <= 5 ? redirect(count) : good());
  assert.equal((await five.send()).text, "good");
  assert.deepEqual(five.fetched.map(({ url }) => new URL(url).pathname), [
    "/mcp",
    "/1",
    "/2",
    "/3",
    "/4",
    "/5",
  ]);
  assert.deepEqual(
    five.authorized.map(({ url }) => url.pathname),
    five.fetched.map(({ url }) => new URL(url).pathname),
  );
  const six = open((_, count) => redirect(count));
  await assert.rejects(six.send(), {
    reason: "redirected",
    what: "https://backend.test/5 redirects more than five times",
  });
  assert.equal(six.fetched.length, 6);
});

Deno.test("what comes with a redirect, or with a token that is refused, is let go of first", async () => {
  for (const status of [307, 403]) {
    const { body, cancelled } = openBody();
    const { send } = open((_, count) => {
      if (count > 1) {
        assert.equal(cancelled.length, 1);
        return good();
      }
      return new Response(body, { status, headers: { location: "/other" } });
    }, { authorizer: { forbidden: () => Promise.resolve(true) } });
    assert.equal((await send()).text, "good");
  }
});

Deno.test("which answers are redirects", async () => {
  for (
    const [status, isRedirect] of [[299, false], [300, true], [304, false], [399, true], [
      400,
      false,
    ]] as const
  ) {
    const { send } = open(() => new Response(status === 304 ? null : "x", { status }));
    if (isRedirect) await assert.rejects(send(), { reason: "redirected" }, `${status}`);
    else assert.equal((await send()).status, status);
  }
});

Deno.test("cookies are kept where that is wanted, and sent back", async () => {
  for (const cookies of [true, false, undefined]) {
    const { send, fetched } = open(
      () => new Response("x", { headers: { "set-cookie": "lb=1; Path=/" } }),
      { cookies },
    );
    await send();
    await send();
    assert.equal(fetched[0]!.init.headers.cookie, undefined);
    assert.equal(fetched[1]!.init.headers.cookie, cookies ? "lb=1" : undefined);
  }
});

Deno.test("connections that were not used for longer than 50 s are replaced", async () => {
  const { now } = Date;
  let at = 1_000_000;
  Date.now = () => at;
  try {
    for (const [times, most] of [[undefined, 50_000], [{ maxIdle: 100 }, 100]] as const) {
      const { send, replaced } = open(good, times ? { times } : {});
      at += most + 1;
      await send();
      assert.equal(replaced(), 1, "also before the first request");
      at += most;
      await send();
      assert.equal(replaced(), 1);
      at += most + 1;
      await send();
      assert.equal(replaced(), 2);
    }
  } finally {
    Date.now = now;
  }
});

Deno.test("a connection that is silent for 30 s has twice 10 s to show that it is alive", async () => {
  const { now } = Date;
  const { connect } = Deno;
  using time = new FakeTime();
  Date.now = () => 1_000_000 + time.now;
  Object.assign(Deno, { connect: () => Promise.reject(new Error("nobody is there")) });
  try {
    let questions = 0;
    const { send, replaced } = open(({ init }, count) => {
      if (count === 1) return good();
      // Of two questions one goes over a connection that there is, and one over a new one.
      if (init.method === "OPTIONS" && questions++ % 2 === 1) return good();
      return new Promise((_, reject) =>
        init.signal!.addEventListener("abort", () => reject(init.signal!.reason))
      );
    }, { url: new URL("http://127.0.0.1/mcp") });
    await send();
    const end = new AbortController();
    const silent = send({ signal: end.signal });
    await time.pass(29_999);
    assert.equal(questions, 0);
    await time.pass(1);
    await until(() => questions === 2, "the first questions");
    await time.pass(9_999);
    assert.equal(questions, 2);
    await time.pass(1);
    await until(() => questions === 4, "the second questions");
    await time.pass(9_999);
    assert.equal(replaced(), 0);
    await time.pass(1);
    await until(() => replaced() === 1, "other connections");
    end.abort(over);
    await assert.rejects(silent, over);
  } finally {
    Date.now = now;
    Deno.connect = connect;
  }
});

Deno.test("a failure says what became of the request, an end of it is the reason", async () => {
  const failing = open(() =>
    Promise.reject(new TypeError("client error (Connect): tcp connect error: refused"))
  );
  await assert.rejects(failing.send(), { reason: "backend_unreachable" });
  const ending = new AbortController();
  const ended = open(({ init }) =>
    new Promise((_, reject) =>
      init.signal!.addEventListener("abort", () => reject(new TypeError("aborted")))
    )
  );
  const sending = ended.send({ signal: ending.signal });
  await Promise.resolve();
  ending.abort(over);
  await assert.rejects(sending, over);
  const before = open(({ init }) => {
    init.signal!.throwIfAborted();
    return good();
  });
  await assert.rejects(before.send({ signal: ending.signal }), over);
  const waiting = open(good, { authorizer: { authorize: () => new Promise(() => {}) } });
  await assert.rejects(waiting.send({ signal: ending.signal }), over);
  assert.equal(waiting.fetched.length, 0);
});

Deno.test("407 without a proxy is an answer of the backend", async () => {
  const { body, cancelled } = openBody();
  const { send } = open(() => new Response(body, { status: 407 }));
  await assert.rejects(send(), { reason: "http_407" });
  assert.equal(cancelled.length, 1);
});

Deno.test("what the authorizer says by a promise is waited for", async () => {
  const fields = Promise.withResolvers<{ authorization: string }>();
  let leaves = 0;
  const { send, fetched, http } = open(good, { authorizer: { authorize: () => fields.promise } });
  const sending = send({ onSend: () => void leaves++ });
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  assert.deepEqual([fetched.length, leaves], [0, 0]);
  fields.resolve({ authorization: "Bearer late" });
  await sending;
  assert.equal(fetched[0]!.init.headers.authorization, "Bearer late");
  assert.deepEqual([leaves, http.known.authorizationBytes], [1, 11]);
});
