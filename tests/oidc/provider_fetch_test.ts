import assert from "node:assert/strict";
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
