/**
 * What an authorization request that nobody sees is answered, without a network.
 *
 * @module
 */
import assert from "node:assert/strict";
import { askSilently } from "../../../src/oidc/flows/silent_request.ts";
import {
  type Answer,
  clientId,
  issuer,
  type Script,
  scriptedProvider,
  type Sent,
} from "../scripted_provider.ts";

const redirectUrl = "http://127.0.0.1:8080/auth/callback";

async function ask(answers: Record<string, Answer | Answer[]>, script: Script = {}) {
  const provider = scriptedProvider({ ...script, answers });
  const connection = await provider.connect();
  const before = provider.sent.length;
  const answer = await askSilently(connection, {
    redirectUrl,
    signal: new AbortController().signal,
  });
  return { answer, sent: provider.sent.slice(before) };
}

const to = (location: string, status = 302): Answer => () =>
  new Response(null, { status, headers: { location } });
const back = (parameters: Record<string, string>) =>
  to(`${redirectUrl}?${new URLSearchParams(parameters)}`);
const page = (text: string, status = 400): Answer => () => new Response(text, { status });

Deno.test("a request that nobody sees is that of a sign-in, without a question", async () => {
  const { answer, sent } = await ask({ "/auth": back({ error: "login_required" }) });
  assert.deepEqual(answer, { kind: "known" });
  const [{ method, url, headers, redirect }, ...others] = sent;
  assert.deepEqual(
    [method, headers.get("accept"), redirect, others.length],
    ["GET", "text/html", "manual", 0],
  );
  const parameters = url.searchParams;
  assert.deepEqual(
    [parameters.get("prompt"), parameters.get("redirect_uri"), parameters.get("client_id")],
    ["none", redirectUrl, clientId],
  );
});

Deno.test("what comes back to the redirect URL says what the provider knows", async () => {
  const known = [
    "login_required",
    "interaction_required",
    "account_selection_required",
    "consent_required",
  ];
  for (const parameters of [{}, { code: "c" }, ...known.map((error) => ({ error }))]) {
    const { answer } = await ask({ "/auth": back(parameters as Record<string, string>) });
    assert.deepEqual(answer, { kind: "known" });
  }
  const refused = async (parameters: Record<string, string>) =>
    (await ask({ "/auth": back(parameters) })).answer;
  assert.deepEqual(await refused({ error: "invalid_scope", error_description: "no" }), {
    kind: "refused",
    error: "invalid_scope",
    description: "no",
  });
  assert.deepEqual(await refused({ error: "" }), {
    kind: "refused",
    error: "",
    description: undefined,
  });
});

Deno.test("redirects at the provider are followed, five of them, and none to anybody else", async () => {
  const upTo = (count: number): Answer => ({ url }) => {
    const at = Number(url.searchParams.get("at"));
    return at < count ? to(`/auth?at=${at + 1}`)({} as Sent) : back({})({} as Sent);
  };
  const followed = await ask({ "/auth": upTo(5) });
  assert.deepEqual([followed.answer, followed.sent.length], [{ kind: "known" }, 6]);
  const endless = await ask({ "/auth": upTo(6) });
  assert.deepEqual([endless.answer, endless.sent.length], [{ kind: "unclear", status: 302 }, 6]);
  const away = [
    "https://other.test/",
    "http://auth.test/auth",
    "http://127.0.0.1:8081/auth/callback",
    "http://127.0.0.1:8080/auth/other",
    "https://",
  ];
  for (const location of away) {
    const { answer, sent } = await ask({ "/auth": to(location) });
    assert.deepEqual([answer, sent.length], [{ kind: "unclear", status: 302 }, 1], location);
  }
});

Deno.test("a body that a redirect has is not read", async () => {
  let isCancelled = false;
  await ask({
    "/auth": () =>
      new Response(new ReadableStream({ cancel: () => void (isCancelled = true) }), {
        status: 302,
        headers: { location: redirectUrl },
      }),
  });
  assert.ok(isCancelled);
});

Deno.test("only a client error is about the client, with a page that is told in part", async () => {
  for (const status of [200, 299, 399, 500, 503]) {
    const { answer, sent } = await ask({ "/auth": page("x", status) });
    assert.deepEqual([answer, sent.length], [{ kind: "unclear", status }, 1]);
  }
  for (const status of [300, 304]) {
    const { answer } = await ask({ "/auth": () => new Response(null, { status }) });
    assert.deepEqual(answer, { kind: "unclear", status });
  }
  // A place to go to counts at a redirect alone.
  for (const status of [300, 399]) {
    assert.equal((await ask({ "/auth": to(redirectUrl, status) })).answer.kind, "known");
  }
  for (const status of [200, 400]) {
    const { answer } = await ask({
      "/auth": () => new Response("x", { status, headers: { location: redirectUrl } }),
    });
    assert.notEqual(answer.kind, "known");
  }
  for (const status of [400, 403, 499]) {
    const { answer, sent } = await ask({ "/auth": page("p".repeat(201), status) });
    assert.deepEqual(answer, {
      kind: "error page",
      status,
      page: `${"p".repeat(200)}…`,
      isClientUnknown: true,
    });
    assert.equal(sent.length, 2);
    const [first, second] = sent.map(({ url }) => Object.fromEntries(url.searchParams));
    assert.match(second.client_id, /^nobody-[\da-f-]{36}$/);
    assert.deepEqual({ ...second, client_id: clientId }, first);
  }
});

Deno.test("a client that nobody can have registered tells what the page is about", async () => {
  const compared = async (
    ours: Answer,
    other: Answer,
  ) => (await ask({ "/auth": [ours, other] })).answer;
  const isUnknown = async (ours: Answer, other: Answer) => {
    const answer = await compared(ours, other);
    assert.equal(answer.kind, "error page");
    return answer.kind === "error page" && answer.isClientUnknown;
  };
  assert.equal(await isUnknown(page("wrong"), page("wrong")), true);
  assert.equal(await isUnknown(page("wrong"), page("other")), false);
  assert.equal(await isUnknown(page("wrong", 400), page("wrong", 401)), false);
  assert.equal(await isUnknown(page("wrong"), back({ error: "x" })), false);
  const named: Answer = ({ url }) =>
    new Response(`no ${url.searchParams.get("client_id")}, ${url.searchParams.get("client_id")}`, {
      status: 400,
    });
  assert.equal(await isUnknown(named, named), true);
  // An empty page for whatever is wrong says nothing, unless the other one is told of.
  assert.deepEqual(await compared(page("", 403), page("", 403)), {
    kind: "error page",
    status: 403,
    page: "",
  });
  assert.deepEqual(await compared(page(" <p> </p> "), page(" ")), {
    kind: "error page",
    status: 400,
    page: "",
  });
  assert.equal(await isUnknown(page(""), page("unknown client")), false);
});

Deno.test("a page is what a person would read of it", async () => {
  const rows: [html: string, read: string][] = [
    ["<h1>Bad</h1>\n  <p>no\tclient</p>", "Bad no client"],
    ["<head><title>t</title></head>a<STYLE>s</style>b<script src=x>c</script >d", "a b d"],
    ["<header>kept</header>", "kept"],
    ["a&nbsp;b&#160;c&AMP;d", "a b c d"],
    ["<script>open", "open"],
    ["a<br/>b", "a b"],
    ["ä ünd", "ä ünd"],
  ];
  for (const [html, read] of rows) {
    const { answer } = await ask({ "/auth": page(html) });
    assert.equal(answer.kind === "error page" && answer.page, read, html);
  }
});

Deno.test("of a page that does not end the beginning is read", async () => {
  let sent = 0;
  const endless: Answer = () =>
    new Response(
      new ReadableStream({
        pull(controller) {
          sent += 16_384;
          controller.enqueue(new TextEncoder().encode("x".repeat(16_384)));
        },
      }, { highWaterMark: 0 }),
      { status: 400 },
    );
  const { answer } = await ask({ "/auth": [endless, page("other")] });
  assert.equal(answer.kind, "error page");
  assert.equal(sent, 5 * 16_384, "the first piece beyond 64 KiB is the last one");
});

Deno.test("letters that are cut between two pieces are read", async () => {
  const bytes = new TextEncoder().encode("ä");
  const cut: Answer = () =>
    new Response(
      new ReadableStream({
        start(controller) {
          controller.enqueue(bytes.subarray(0, 1));
          controller.enqueue(bytes.subarray(1));
          controller.close();
        },
      }),
      { status: 400 },
    );
  const { answer } = await ask({ "/auth": cut });
  assert.equal(answer.kind === "error page" && answer.page, "ä");
});

Deno.test("what was pushed names the client by itself", async () => {
  const { answer, sent } = await ask({
    "/auth": page("no"),
    "/par": () => Response.json({ request_uri: "urn:1", expires_in: 60 }, { status: 201 }),
  }, {
    metadata: { pushed_authorization_request_endpoint: `${issuer}/par` },
    options: { pushedAuthorization: true },
  });
  assert.deepEqual(answer, { kind: "error page", status: 400, page: "no", isClientUnknown: false });
  assert.deepEqual(sent.map(({ path }) => path), ["/par", "/auth"]);
});

Deno.test("it is waited for 10 s, or until somebody ends it", async () => {
  const stop = new AbortController();
  const provider = scriptedProvider({
    answers: {
      "/auth": () => {
        stop.abort(new Error("enough"));
        return new Promise<Response>(() => {});
      },
    },
  });
  const connection = await provider.connect();
  const { timeout } = AbortSignal;
  const limits: number[] = [];
  AbortSignal.timeout = (milliseconds) => {
    limits.push(milliseconds);
    return timeout.call(AbortSignal, milliseconds);
  };
  try {
    await assert.rejects(
      askSilently(connection, { redirectUrl, signal: stop.signal }),
      /^Error: enough$/,
    );
  } finally {
    AbortSignal.timeout = timeout;
  }
  assert.deepEqual(limits, [10_000]);
});
