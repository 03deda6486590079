import assert from "node:assert/strict";
import { ProxyError } from "../../src/base/errors.ts";
import { createLog } from "../../src/base/log.ts";
import { redact } from "../../src/base/redactor.ts";
import { createProviderFetch, type ProviderFetchOptions } from "../../src/oidc/provider_fetch.ts";
import { freePort } from "../support/free_port.ts";
import { canLearnClientCertificates, startHttpsServer } from "../support/https_server.ts";
import { failure } from "./rig.ts";
import { within } from "../support/within.ts";

const quiet = createLog({ level: "error", write: () => {} });

/** A server that answers by path, and a fetch to it. */
function start(
  answers: Record<string, (request: Request) => Response | Promise<Response>>,
  options: Partial<ProviderFetchOptions> = {},
) {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    (request) =>
      answers[new URL(request.url).pathname]?.(request) ?? new Response(null, { status: 404 }),
  );
  return {
    url: (path: string) => `http://127.0.0.1:${server.addr.port}${path}`,
    fetch: createProviderFetch({ log: quiet, ...options }),
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

Deno.test("redirects on the same origin are followed, endless ones are not", async () => {
  await using rig = start({
    "/from": () => new Response(null, { status: 302, headers: { location: "/to" } }),
    "/to": (request) => Response.json({ agent: request.headers.get("user-agent") }),
    "/round": () => new Response(null, { status: 302, headers: { location: "/round" } }),
  });
  const { agent } = await (await rig.fetch(rig.url("/from"))).json();
  assert.match(agent, /^authful-mcp-proxy\/\d/);
  assert.equal((await failure(rig.fetch(rig.url("/round")))).reason, "provider_redirect");
});

Deno.test("a POST is never sent on", async () => {
  await using rig = start({
    "/from": () => new Response(null, { status: 307, headers: { location: "/to" } }),
  });
  const error = await failure(rig.fetch(rig.url("/from"), { method: "POST", body: "secret" }));
  assert.equal(error.reason, "provider_redirect");
});

Deno.test("a redirect that does not say where to is an error, and nothing is asked again", async () => {
  for (const status of [301, 302, 303, 307, 308]) {
    for (
      const headers of [{}, { location: "" }, { location: "https://" }] as Record<string, string>[]
    ) {
      let asked = 0;
      await using rig = start({
        "/from": () => {
          asked++;
          return new Response(null, { status, headers });
        },
      });
      for (const init of [{}, { method: "POST", body: "secret" }]) {
        const error = await failure(rig.fetch(rig.url("/from"), init));
        // A refresh token that was sent may have been used.
        assert.equal(error.reason, "provider_redirect");
        assert.ok(error.what.endsWith(`redirects without saying where to (HTTP ${status})`));
      }
      assert.equal(asked, 2);
    }
  }
});

Deno.test("an answer that takes too long is given up, and may pass", async () => {
  const { promise: never, resolve } = Promise.withResolvers<Response>();
  await using rig = start({ "/": () => never }, { timeout: 50 });
  const error = await failure(rig.fetch(rig.url("/")));
  assert.equal(error.reason, "provider_unreachable");
  assert.match(error.message, /no complete answer from http:\/\/127\.0\.0\.1:\d+\/ within 0\.05 s/);
  assert.equal(error.transient, true);
  resolve(new Response());
});

Deno.test("a body that trickles for ever is given up too", async () => {
  const gone = Promise.withResolvers<void>();
  await using rig = start({
    "/": () =>
      new Response(
        new ReadableStream({
          start: (controller) => controller.enqueue(new Uint8Array([123])),
          cancel: () => gone.resolve(),
        }),
      ),
  }, { timeout: 100 });
  assert.equal((await failure(rig.fetch(rig.url("/")))).reason, "provider_unreachable");
  await within(gone.promise, { what: "the end of the connection" });
});

Deno.test("whoever ends the wait is told their own reason", async () => {
  const { promise: never, resolve } = Promise.withResolvers<Response>();
  await using rig = start({ "/": () => never });
  const stop = new AbortController();
  const waiting = rig.fetch(rig.url("/"), { signal: stop.signal });
  stop.abort(new Error("enough"));
  await assert.rejects(waiting, /enough/);
  resolve(new Response());
});

for (
  const url of [
    "http://auth.example/token",
    "https://user:password@auth.example/token",
    "ftp://auth.example/token",
    "nonsense",
  ]
) {
  Deno.test(`${url} is not asked`, async () => {
    let asked = 0;
    const fetch = createProviderFetch({
      log: quiet,
      fetch: () => Promise.resolve((asked++, new Response())),
    });
    assert.equal((await failure(fetch(url))).reason, "insecure_endpoint");
    assert.equal(asked, 0);
  });
}

Deno.test("Retry-After is read as seconds and as a date", async () => {
  const now = Date.UTC(2026, 10, 23);
  for (
    const [field, wait] of [["7", 7000], [new Date(now + 9000).toUTCString(), 9000], [
      "x",
      undefined,
    ]]
  ) {
    const fetch = createProviderFetch({
      log: quiet,
      now: () => now,
      fetch: () =>
        Promise.resolve(
          new Response(null, { status: 429, headers: { "retry-after": String(field) } }),
        ),
    });
    const error = await failure(fetch("https://auth.example/token"));
    assert.equal(error.reason, "provider_down");
    assert.equal(error.retryAfter, wait);
  }
});

Deno.test("what a request said in confidence is taken out of an error that repeats it", async () => {
  await using rig = start({
    "/": async (request) =>
      Response.json({ error: "invalid_grant", error_description: await request.text() }, {
        status: 400,
      }),
  });
  const body = new URLSearchParams({ refresh_token: "a-refresh-token", scope: "openid" });
  const answer = await (await rig.fetch(rig.url("/"), { method: "POST", body })).text();
  const shown = redact(answer);
  assert.ok(!shown.includes("a-refresh-token"));
  assert.match(shown, /scope=openid/);
});

Deno.test("a certificate that is not trusted is named, with who issued it", async () => {
  await using server = await startHttpsServer();
  const fetch = createProviderFetch({ log: quiet });
  const error = await failure(fetch(server.url.href));
  assert.equal(error.reason, "tls_failed");
  assert.match(error.what, /localhost:\d+ is not trusted \(invalid peer/);
  if (canLearnClientCertificates) assert.match(error.what, /; it is for .*, issued by CN=/);
});

Deno.test("a provider that cannot be reached: why, and its address once", async () => {
  const url = `http://127.0.0.1:${freePort()}/place`;
  const error = await failure(createProviderFetch({ log: quiet })(url));
  assert.equal(error.reason, "provider_unreachable");
  assert.ok(error.what.startsWith(`no connection to ${url} (tcp connect error`), error.what);
  assert.equal(error.what.split("/place").length, 2, error.what);
});

Deno.test("a provider that wants a certificate of the client says so, and it does not pass by itself", async () => {
  // A server that closes at once may cut its own alert off: this is what fetch makes of a whole one.
  const fetch = createProviderFetch({
    log: quiet,
    fetch: () =>
      Promise.reject(
        new TypeError("fetch failed", {
          cause: new Error("received fatal alert: CertificateRequired"),
        }),
      ),
  });
  const error = await failure(fetch("https://provider.test/token"));
  assert.equal(error.reason, "client_certificate_refused");
  assert.equal(error.transient, false);
  assert.match(error.message, /--client-cert and --client-key/);
});

Deno.test("an answer of 1 MiB is read, one of a byte more is not", async () => {
  const size = 1024 * 1024;
  await using rig = start({
    "/much": () => new Response("x".repeat(size)),
    "/more": () => new Response("x".repeat(size + 1)),
  });
  assert.equal((await (await rig.fetch(rig.url("/much"))).text()).length, size);
  assert.equal((await failure(rig.fetch(rig.url("/more")))).reason, "answer_too_long");
});

type Send = (url: string, init: RequestInit & { headers: Headers }) => Response | Promise<Response>;

/** A fetch whose requests are answered here, and what was sent and said. */
function scripted(send: Send, options: Partial<ProviderFetchOptions> = {}) {
  const sent: { url: string; init: RequestInit & { headers: Headers } }[] = [];
  const lines: string[] = [];
  const fetch = createProviderFetch({
    log: createLog({ level: "info", write: (line) => void lines.push(line) }),
    fetch: async (url, init) => {
      const request = init as RequestInit & { headers: Headers };
      sent.push({ url, init: request });
      return await send(url, request);
    },
    ...options,
  });
  return { fetch, sent, lines };
}

const place = "https://auth.test/place?secret=1#part";

Deno.test("a request goes out as it was given, with our name and without following by itself", async () => {
  const { fetch, sent } = scripted(() => new Response("yes", { statusText: "Fine" }));
  const answer = await fetch(place, {
    method: "PUT",
    body: "body",
    headers: { accept: "a/b", "user-agent": "other" },
  });
  assert.equal(await answer.text(), "yes");
  assert.equal(answer.statusText, "Fine");
  const [{ url, init }, ...others] = sent;
  assert.deepEqual([url, init.method, init.body, init.redirect, others.length], [
    place,
    "PUT",
    "body",
    "manual",
    0,
  ]);
  assert.equal(init.headers.get("accept"), "a/b");
  assert.match(init.headers.get("user-agent")!, /^authful-mcp-proxy\/\d+\.\d+\.\d+/);
  assert.ok(init.signal instanceof AbortSignal);
});

Deno.test("an answer is handed on with its fields, and with a body where its status may have one", async () => {
  for (const status of [200, 201, 204, 205, 304, 400, 404]) {
    const bodiless = [204, 205, 304].includes(status);
    const { fetch } = scripted(() =>
      new Response(bodiless ? null : "body", { status, headers: { "x-field": "f" } })
    );
    const answer = await fetch(place);
    assert.deepEqual(
      [answer.status, await answer.text(), answer.headers.get("x-field"), answer.body === null],
      [status, bodiless ? "" : "body", "f", bodiless],
    );
  }
});

Deno.test("an answer that comes in pieces is put together", async () => {
  const pieces = ["one ", "two ", "three"].map((text) => new TextEncoder().encode(text));
  const { fetch } = scripted(() =>
    new Response(
      new ReadableStream({
        pull: (controller) => {
          const piece = pieces.shift();
          if (piece) controller.enqueue(piece);
          else controller.close();
        },
      }),
    )
  );
  assert.equal(await (await fetch(place)).text(), "one two three");
});

Deno.test("of an answer that is too long an error is made, and of an error its beginning is read", async () => {
  const long = (status: number, ...lengths: number[]) => () =>
    new Response(
      new ReadableStream({
        start: (controller) => {
          for (const length of lengths) controller.enqueue(new Uint8Array(length).fill(120));
          controller.close();
        },
      }),
      { status },
    );
  const limited = { maxBodyBytes: 10 };
  for (const status of [200, 299]) {
    assert.equal(
      (await (await scripted(long(status, 5, 5), limited).fetch(place)).text()).length,
      10,
    );
    const error = await failure(scripted(long(status, 5, 6), limited).fetch(place));
    assert.equal(
      error.message,
      "Authentication error: the answer of https://auth.test/place is longer than 10 bytes. Fix: " +
        "check OIDC_ISSUER_URL.",
    );
    assert.deepEqual([error.reason, error.httpStatus], ["answer_too_long", status]);
  }
  for (const status of [300, 400, 404]) {
    const answer = await scripted(long(status, 5, 5, 1), limited).fetch(place);
    assert.deepEqual([answer.status, (await answer.text()).length], [status, 10]);
  }
  const backend = scripted(long(200, 11), { ...limited, setting: "MCP_BACKEND_URL" });
  assert.equal((await failure(backend.fetch(place))).fix, "check MCP_BACKEND_URL");
});

const to = (location: string, status = 302) => () =>
  new Response(null, { status, headers: { location } });

Deno.test("five redirects are followed, to where they lead, and no sixth", async () => {
  const upTo = (count: number) =>
    scripted((url) => {
      const at = Number(new URL(url).searchParams.get("at"));
      return at < count ? to(`?at=${at + 1}`)() : new Response(url);
    });
  const followed = upTo(5);
  assert.equal(
    await (await followed.fetch("https://auth.test/place?at=0")).text(),
    "https://auth.test/place?at=5",
  );
  for (const { init } of followed.sent) assert.ok(init.headers.has("user-agent"));
  const endless = upTo(6);
  const error = await failure(endless.fetch("https://auth.test/place?at=0"));
  assert.equal(error.reason, "provider_redirect");
  assert.equal(endless.sent.length, 6);
});

Deno.test("every kind of redirect is one, and its body is not read", async () => {
  for (const status of [301, 302, 303, 307, 308]) {
    let isCancelled = false;
    const { fetch } = scripted((url) =>
      url.endsWith("/next") ? new Response("there") : new Response(
        new ReadableStream({ cancel: () => void (isCancelled = true) }),
        { status, headers: { location: "/next" } },
      )
    );
    assert.equal(await (await fetch(place)).text(), "there");
    assert.ok(isCancelled, String(status));
  }
  for (const status of [300, 305, 306]) {
    const { fetch } = scripted(to("/next", status));
    assert.equal((await fetch(place)).status, status);
  }
});

Deno.test("a redirect that is not followed is told of, with what can be done", async () => {
  const refuse = async (location: string, init: RequestInit = {}, setting?: "MCP_BACKEND_URL") => {
    const { fetch, sent } = scripted(to(location), { setting });
    const error = await failure(fetch(place, init));
    assert.deepEqual([error.reason, error.transient, sent.length], ["provider_redirect", false, 1]);
    return error.message;
  };
  const start = "Authentication error: https://auth.test/place redirects";
  assert.equal(
    await refuse("https://other.test/place?code=1"),
    `${start} to https://other.test/place, which is not followed. Fix: point OIDC_ISSUER_URL at ` +
      "the final address.",
  );
  assert.match(
    await refuse("http://auth.test/", {}, "MCP_BACKEND_URL"),
    /Fix: point MCP_BACKEND_URL at the final address\.$/,
  );
  assert.equal(
    await refuse("/next", { method: "POST" }),
    `${start} to https://auth.test/next, which is not followed. Fix: check whether a proxy or ` +
      "firewall answers in its place.",
  );
  assert.equal(
    await refuse(""),
    `${start} without saying where to (HTTP 302). Fix: point OIDC_ISSUER_URL at the final address.`,
  );
  const named = await failure(scripted(to("https://u:p@auth.test/")).fetch(place));
  assert.equal(named.reason, "insecure_endpoint");
});

Deno.test("a provider that is in trouble is told from one that refuses", async () => {
  const json = (status: number, body: string, headers: HeadersInit = {}) =>
    scripted(() => new Response(body, { status, headers })).fetch(place);
  const rows: [status: number, body: string, explained: string][] = [
    [500, '{"error":"server_error"}', " (server_error)"],
    [599, '{"error":7}', ""],
    [503, "{}", ""],
    [503, "<html>", ""],
    [503, "null", ""],
    [429, JSON.stringify({ error: "e".repeat(81) }), ` (${"e".repeat(80)}…)`],
    [408, "", ""],
  ];
  for (const [status, body, explained] of rows) {
    const error = await failure(json(status, body, { "retry-after": "3" }));
    assert.equal(
      error.message,
      `Network error: https://auth.test/place answered ${status}${explained}. Fix: try again later.`,
    );
    assert.deepEqual(
      [error.reason, error.transient, error.httpStatus, error.retryAfter],
      ["provider_down", true, status, 3_000],
    );
  }
  for (const status of [407, 409, 428, 430, 499]) {
    assert.equal((await json(status, "no")).status, status);
  }
});

Deno.test("the answer to what was posted is put right and remembered, and no other one", async () => {
  const answer = (token: string) => () =>
    new Response(JSON.stringify({ error: "bad", access_token: null, refresh_token: token }), {
      status: 200,
    });
  const isRemembered = (token: string) => redact(token) === "[redacted]";
  const posted = await scripted(answer("posted-token-7d21")).fetch(place, { method: "POST" });
  assert.deepEqual([posted.status, await posted.json()], [
    400,
    { error: "bad", refresh_token: "posted-token-7d21" },
  ]);
  assert.ok(isRemembered("posted-token-7d21"));
  const raw = await scripted(answer("posted-raw-7d21"), { asTheyCome: true })
    .fetch(place, { method: "POST" });
  assert.equal(raw.status, 200);
  assert.ok(isRemembered("posted-raw-7d21"));
  const got = await scripted(answer("got-token-7d21")).fetch(place);
  assert.equal(got.status, 200);
  assert.ok(!isRemembered("got-token-7d21"));
  const form = new URLSearchParams({ refresh_token: "sent-token-7d21" });
  await scripted(() => new Response()).fetch(place, {
    method: "POST",
    body: form,
    headers: { authorization: "Bearer sent-bearer-7d21" },
  });
  assert.ok(isRemembered("sent-token-7d21") && isRemembered("sent-bearer-7d21"));
});

Deno.test("a clock that is off is told of once, and the difference each time", async () => {
  const now = Date.UTC(2026, 0, 1);
  const told = async (...answers: [seconds: number, age?: string][]) => {
    const differences: number[] = [];
    const { fetch, lines } = scripted(() => {
      const [seconds, age] = answers.shift()!;
      const date = new Date(now + 1_000 * seconds).toUTCString();
      return new Response(null, { headers: { date, ...age !== undefined && { age } } });
    }, { now: () => now, onClock: (ahead) => void differences.push(ahead) });
    while (answers.length > 0) await fetch(place);
    return { differences, said: lines.map((line) => line.replace(/^.*?\[info\] /, "").trim()) };
  };
  assert.deepEqual(await told([0], [30], [-30]), { differences: [0, 30_000, -30_000], said: [] });
  assert.deepEqual(await told([31], [90], [-90]), {
    differences: [31_000, 90_000, -90_000],
    said: [
      "the clock of this machine is 31 s behind that of https://auth.test, by which the times in " +
      "its tokens are judged",
    ],
  });
  assert.match((await told([-31])).said[0], /^the clock of this machine is 31 s ahead of that of /);
  // What a cache kept says when it was made.
  const kept = await told([-100, "100"], [-100, "0"], [-100, "-5"], [-100, "x"], [-1, "1"]);
  assert.deepEqual(kept.differences, [0, -100_000, -100_000, -100_000, 0]);
  const fraction = scripted(
    () => new Response(null, { headers: { date: new Date(now).toUTCString() } }),
    { now: () => now + 31_600 },
  );
  await fraction.fetch(place);
  assert.match(fraction.lines[0], / 32 s ahead of /);
  for (const date of [undefined, "", "soon"]) {
    const seen: number[] = [];
    const { fetch } = scripted(
      () => new Response(null, { headers: date === undefined ? {} : { date } }),
      { onClock: (ahead) => void seen.push(ahead) },
    );
    await fetch(place);
    assert.deepEqual(seen, []);
  }
});

Deno.test("a request may take 10 s, and an answer 1 MiB, unless told otherwise", async () => {
  const { timeout } = AbortSignal;
  const limits: number[] = [];
  AbortSignal.timeout = (milliseconds) => {
    limits.push(milliseconds);
    return timeout.call(AbortSignal, milliseconds);
  };
  try {
    await scripted(() => new Response()).fetch(place);
    await scripted(() => new Response(), { timeout: 7_000 }).fetch(place);
  } finally {
    AbortSignal.timeout = timeout;
  }
  assert.deepEqual(limits, [10_000, 7_000]);
});

Deno.test("a connection that is not there, or breaks off, is told of with its reason", async () => {
  const cut = (status: number | undefined): Send => () => {
    if (status === undefined) return Promise.reject(new TypeError("fetch failed"));
    const body = new ReadableStream({ pull: () => Promise.reject(new TypeError("reset")) });
    return new Response(body, { status });
  };
  const rows: [Send, what: string, status: number | undefined][] = [
    [cut(undefined), "no connection to https://auth.test/place (fetch failed)", undefined],
    [cut(200), "the answer of https://auth.test/place broke off (reset)", 200],
    [cut(404), "the answer of https://auth.test/place broke off (reset)", 404],
  ];
  for (const [send, what, status] of rows) {
    const error = await failure(scripted(send).fetch(place));
    assert.equal(
      error.message,
      `Network error: ${what}. Fix: check the network and OIDC_ISSUER_URL.`,
    );
    assert.deepEqual(
      [error.reason, error.transient, error.httpStatus],
      ["provider_unreachable", true, status],
    );
  }
  // The redirect was answered; where it leads is not.
  const gone = scripted((url) =>
    url.endsWith("/next") ? Promise.reject(new TypeError("refused")) : to("/next")()
  );
  const error = await failure(gone.fetch(place));
  assert.deepEqual([error.what, error.httpStatus], [
    "no connection to https://auth.test/place (refused)",
    undefined,
  ]);
});

Deno.test("an end that the caller asks for is theirs, and a limit is ours", async () => {
  const stop = new AbortController();
  const stopping = scripted(() => {
    stop.abort(new Error("enough"));
    return Promise.reject(new TypeError("fetch failed"));
  });
  await assert.rejects(stopping.fetch(place, { signal: stop.signal }), /^Error: enough$/);
  const late = scripted(
    (_, { signal }) =>
      new Promise((_, reject) =>
        signal!.addEventListener(
          "abort",
          () => reject(new TypeError("invalid peer certificate: x")),
        )
      ),
    { timeout: 20 },
  );
  for (const signal of [undefined, new AbortController().signal]) {
    const error = await failure(late.fetch(place, { signal }));
    assert.equal(
      error.message,
      "Network error: no complete answer from https://auth.test/place within 0.02 s. Fix: check " +
        "the network and OIDC_ISSUER_URL.",
    );
    assert.deepEqual([error.reason, error.transient], ["provider_unreachable", true]);
  }
});

Deno.test("what may be asked is https, or http on this machine, and names nobody", async () => {
  const isAsked = async (url: string) => {
    const { fetch, sent } = scripted(() => new Response());
    try {
      await fetch(url);
    } catch (error) {
      assert.ok(error instanceof ProxyError && error.reason === "insecure_endpoint");
    }
    return sent.length === 1;
  };
  for (
    const url of ["https://auth.test", "http://localhost:1/x", "http://127.0.0.1", "http://[::1]"]
  ) {
    assert.ok(await isAsked(url), url);
  }
  for (
    const url of [
      "http://auth.test",
      "ftp://localhost",
      "https://user@auth.test",
      "https://:password@auth.test",
      "http://user@localhost",
      "/place",
      "",
    ]
  ) {
    assert.ok(!await isAsked(url), url);
  }
  const error = await failure(scripted(() => new Response()).fetch("http://auth.test/\n"));
  assert.equal(
    error.message,
    'Configuration error: the URL "http://auth.test/" is not https. Fix: use a provider that is ' +
      "reached by https (http works on loopback only).",
  );
});

Deno.test("a long address is shown in part, without its query", async () => {
  const long = `https://auth.test/${"p".repeat(300)}?secret=1`;
  const { what } = await failure(scripted(() => new Response(null, { status: 503 })).fetch(long));
  assert.equal(what, `https://auth.test/${"p".repeat(282)}… answered 503`);
});

Deno.test("a certificate of the client that is wanted names the settings, also for a backend", async () => {
  const failing = scripted(() =>
    Promise.reject(
      new TypeError("fetch failed", { cause: new Error("received fatal alert: UnknownCA") }),
    ), { setting: "MCP_BACKEND_URL" });
  const error = await failure(failing.fetch(place));
  assert.deepEqual([error.category, error.reason], ["Network error", "client_certificate_refused"]);
});
