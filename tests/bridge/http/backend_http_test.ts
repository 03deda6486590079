import assert from "node:assert/strict";
import type { Refusal } from "../../../src/bridge/authorizer.ts";
import { ProxyError } from "../../../src/base/errors.ts";
import { createBackendHttp } from "../../../src/bridge/http/backend_http.ts";
import type { Connections } from "../../../src/net/http_client.ts";
import { FakeTime } from "../../credentials/fake_time.ts";
import { startHttpsServer } from "../../support/https_server.ts";
import {
  initializedNotification,
  initializeRequest,
  jsonResponse,
  legacyBackend,
  startBridge,
} from "../bridge_fixture.ts";

const ping = (id: unknown) => ({ jsonrpc: "2.0", id, method: "ping" });
const ok = (id: unknown) => jsonResponse({ jsonrpc: "2.0", id, result: {} });

Deno.test("a refusal goes to the authorizer, and the same message is sent once more", async () => {
  let token = "old";
  const refusals: Refusal[] = [];
  await using bridge = startBridge(
    ({ headers, message }) =>
      headers.get("authorization") === "Bearer new"
        ? ok(message.id)
        : new Response("no", { status: 401, headers: { "www-authenticate": "Bearer" } }),
    {
      authorizer: {
        authorize: () => ({ authorization: `Bearer ${token}` }),
        refused(refusal) {
          refusals.push(refusal);
          token = "new";
          return Promise.resolve();
        },
      },
    },
  );
  await bridge.send(ping(1));
  assert.deepEqual((await bridge.nextMessage()).result, {});
  assert.equal(bridge.received[0].body, bridge.received[1].body);
  assert.deepEqual(
    refusals.map(({ status, attempt, fields, headers, request }) => [
      status,
      attempt,
      fields.authorization,
      headers.get("www-authenticate"),
      request.purpose,
    ]),
    [[401, 1, "Bearer old", "Bearer", "client"]],
  );
});

Deno.test("what the authorizer gives up with is the answer", async () => {
  const refused = (status: number, headers: Record<string, string>) =>
    startBridge(() => new Response(null, { status, headers }), {
      authorizer: {
        authorize: () => ({}),
        refused: () =>
          Promise.reject(
            new ProxyError({
              category: "Authentication error",
              what: "the token is refused",
              fix: "ask somebody",
              reason: "token_refused",
              httpStatus: status,
            }),
          ),
      },
    });
  for (const [status, headers] of [[401, {}], [403, { "www-authenticate": "Bearer" }]] as const) {
    await using bridge = refused(status, headers);
    await bridge.send(ping(1));
    assert.deepEqual((await bridge.nextMessage()).error, {
      code: -32012,
      message: "Authentication error: the token is refused. Fix: ask somebody.",
      data: { reason: "token_refused", hint: "ask somebody", httpStatus: status },
    });
    assert.equal(bridge.received.length, 1);
  }
});

Deno.test("an authorizer that never gives up does not make a loop", async () => {
  await using bridge = startBridge(() => new Response(null, { status: 401 }), {
    authorizer: { authorize: () => ({}), refused: () => Promise.resolve() },
  });
  await bridge.send(ping(1));
  assert.equal((await bridge.nextMessage()).error.data.reason, "token_refused");
  assert(bridge.received.length <= 10);
});

Deno.test("messages wait for the authorization and then go in their order", async () => {
  const authorized = Promise.withResolvers<Record<string, string>>();
  await using bridge = startBridge(legacyBackend(), {
    authorizer: {
      authorize: () => authorized.promise,
      refused: () => Promise.reject(new Error("nothing is refused here")),
    },
  });
  for (const message of [initializeRequest, initializedNotification, ping(1)]) {
    await bridge.send(message);
  }
  assert.equal(bridge.received.length, 0);
  authorized.resolve({ authorization: "Bearer late" });
  assert.equal((await bridge.nextMessage()).id, initializeRequest.id);
  assert.equal((await bridge.nextMessage()).id, 1);
  assert.deepEqual(
    bridge.received.filter(({ method }) => method === "POST").map(({ message }) => message.method),
    [
      "initialize",
      "notifications/initialized",
      "ping",
    ],
  );
});

for (const status of [307, 308]) {
  Deno.test(`a ${status} on the same origin is followed with the message`, async () => {
    await using bridge = startBridge(({ path, message }) =>
      path === "/mcp"
        ? new Response(null, { status, headers: { location: "/mcp/" } })
        : ok(message.id)
    );
    await bridge.send(ping(1));
    assert.deepEqual((await bridge.nextMessage()).result, {});
    const [first, second] = bridge.received;
    assert.equal(second.path, "/mcp/");
    assert.equal(second.body, first.body);
    assert.equal(second.headers.get("authorization"), "Bearer test");
  });
}

Deno.test("the token does not leave the origin", async () => {
  let leaked = false;
  await using other = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, () => {
    leaked = true;
    return new Response();
  });
  const location = `http://127.0.0.1:${other.addr.port}/mcp`;
  for (const status of [301, 302, 303, 307, 308]) {
    await using bridge = startBridge(() => new Response(null, { status, headers: { location } }));
    await bridge.send(ping(1));
    const { error } = await bridge.nextMessage();
    assert.equal(error.data.reason, "redirected");
    assert(error.message.includes(location));
  }
  assert(!leaked);
});

Deno.test("the person's header fields and the backend's cookies go with every request", async () => {
  await using bridge = startBridge(
    ({ message }) => {
      const response = ok(message.id);
      response.headers.append("set-cookie", "lb=7; Path=/");
      return response;
    },
    { headers: { "x-team": "a", "accept": "never" } },
  );
  await bridge.send(ping(1));
  await bridge.next();
  await bridge.send(ping(2));
  await bridge.next();
  const [first, second] = bridge.received;
  assert.equal(first.headers.get("x-team"), "a");
  assert.equal(first.headers.get("accept"), "application/json, text/event-stream");
  assert.equal(first.headers.get("cookie"), null);
  assert.equal(second.headers.get("cookie"), "lb=7");
  assert.match(second.headers.get("user-agent") ?? "", /^authful-mcp-proxy\//);
});

Deno.test("without cookies, none is sent back", async () => {
  await using bridge = startBridge(({ message }) => {
    const response = ok(message.id);
    response.headers.append("set-cookie", "lb=7; Path=/");
    return response;
  }, { cookies: false });
  for (const id of [1, 2]) {
    await bridge.send(ping(id));
    await bridge.next();
  }
  assert.equal(bridge.received[1].headers.get("cookie"), null);
});

Deno.test("a certificate that is not trusted is named, with what to do", async () => {
  await using server = await startHttpsServer();
  await using bridge = startBridge(legacyBackend(), { backendUrl: server.url });
  await bridge.send(ping(1));
  const { error } = await bridge.nextMessage();
  assert.equal(error.data.reason, "tls_failed");
  assert.match(error.message, /it is for CN=test server, issued by CN=Test Authority/);
  assert.match(error.data.hint, /--ca-cert/);
});

Deno.test("a backend that wants a certificate of the client is not said to have done anything", async () => {
  // A server that closes at once may cut its own alert off: this is what fetch makes of a whole one.
  const cause = new Error("received fatal alert: CertificateRequired");
  const fail = () => Promise.reject(new TypeError("fetch failed", { cause }));
  await using bridge = startBridge(legacyBackend(), {
    connections: { fetch: fail, fetchAlone: fail, replace() {} },
  });
  await bridge.send(ping(1));
  const { error } = await bridge.nextMessage();
  assert.equal(error.data.reason, "client_certificate_refused");
  assert.match(error.data.hint, /--client-cert and --client-key/);
});

Deno.test("a 403 without a challenge is sent again with a new token, or else is the answer", async () => {
  for (const isRenewed of [true, false]) {
    let token = "old";
    const attempts: number[] = [];
    await using bridge = startBridge(
      ({ headers, message }) =>
        headers.get("authorization") === "Bearer new"
          ? ok(message.id)
          : new Response("token expired", { status: 403 }),
      {
        authorizer: {
          authorize: () => ({ authorization: `Bearer ${token}` }),
          refused: () => Promise.reject(new Error("there is no challenge")),
          forbidden({ attempt }) {
            attempts.push(attempt);
            if (isRenewed) token = "new";
            return Promise.resolve(isRenewed);
          },
        },
      },
    );
    await bridge.send(ping(1));
    const { result, error } = await bridge.nextMessage();
    if (isRenewed) assert.deepEqual(result, {});
    else assert.equal(error.data.httpStatus, 403);
    assert.deepEqual(attempts, [1]);
  }
});

Deno.test("an authorizer that always finds another token for a 403 does not make a loop", async () => {
  await using bridge = startBridge(() => new Response(null, { status: 403 }), {
    authorizer: {
      authorize: () => ({}),
      refused: () => Promise.resolve(),
      forbidden: () => Promise.resolve(true),
    },
  });
  await bridge.send(ping(1));
  assert.equal((await bridge.nextMessage()).error.data.httpStatus, 403);
  assert(bridge.received.length <= 10);
});

Deno.test("nothing that a person sets beats the transport, nor that the authorization, with and without cookies", async () => {
  await using backend = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    (request) => {
      seen.push(request.headers);
      return new Response(null, { headers: { "set-cookie": "route=a" } });
    },
  );
  const seen: Headers[] = [];
  const http = createBackendHttp({
    url: new URL(`http://127.0.0.1:${backend.addr.port}/mcp`),
    authorizer: {
      authorize: () => ({ authorization: "Bearer ours", dpop: "proof" }),
      refused: () => Promise.reject(new Error("nothing is refused here")),
    },
    cookies: true,
    headers: {
      authorization: "Bearer theirs",
      dpop: "theirs",
      accept: "theirs",
      cookie: "route=theirs",
      "user-agent": "theirs",
      "x-tenant": "theirs",
    },
  });
  const { signal } = new AbortController();
  for (let request = 0; request < 2; request++) {
    await http.send({
      method: "GET",
      headers: { accept: "text/event-stream", "x-tenant": "of the transport" },
      purpose: "client",
      signal,
    }, async (response) => await response.body?.cancel());
  }
  const [first, second] = seen;
  for (const headers of [first!, second!]) {
    assert.equal(headers.get("authorization"), "Bearer ours");
    assert.equal(headers.get("dpop"), "proof");
    assert.equal(headers.get("accept"), "text/event-stream");
    assert.equal(headers.get("x-tenant"), "of the transport");
    assert.equal(headers.get("user-agent"), "theirs");
  }
  assert.equal(second!.get("cookie"), "route=a");
});

Deno.test("a request that is over is not watched any more, and listens to nothing", async () => {
  using time = new FakeTime();
  const { signal } = new AbortController();
  let listeners = 0;
  const counted = Object.assign(signal, {
    addEventListener: () => void listeners++,
    removeEventListener: () => void listeners--,
  });
  const { connect } = Deno;
  const { now } = Date;
  Date.now = () => time.now;
  let probes = 0;
  Deno.connect = ((): Promise<never> => {
    probes++;
    return Promise.reject(new Error("no route"));
  }) as unknown as typeof Deno.connect;
  try {
    const answer = Promise.withResolvers<Response>();
    const http = createBackendHttp({
      url: new URL("http://backend.test/mcp"),
      authorizer: {
        authorize: () => ({}),
        refused: () => Promise.reject(new Error("nothing is refused here")),
      },
      connections: { fetch: () => answer.promise, replace() {} } as unknown as Connections,
    });
    const sent = http.send({
      method: "POST",
      headers: {},
      purpose: "client",
      signal: counted,
    }, () => Promise.resolve("read"));
    await time.pass(6_000);
    assert.ok(probes > 0, "while it waits it is watched");
    assert.equal(listeners, 1);
    answer.resolve(new Response());
    await time.pass(0);
    assert.equal(await sent, "read");
    const before = probes;
    await time.pass(3_600_000);
    assert.equal(probes, before);
    assert.equal(listeners, 0);
  } finally {
    Deno.connect = connect;
    Date.now = now;
  }
});

Deno.test("a redirect is followed five times, and not for ever", async () => {
  let left = 5;
  await using bridge = startBridge(({ path, message }) => {
    if (left-- <= 0) return ok(message.id);
    return new Response(null, { status: 307, headers: { location: `${path}x` } });
  });
  await bridge.send(ping(1));
  assert.deepEqual((await bridge.nextMessage()).result, {});
  left = 6;
  const before = bridge.received.length;
  await bridge.send(ping(2));
  assert.equal((await bridge.nextMessage()).error.data.reason, "redirected");
  assert.equal(bridge.received.length - before, 6);
});

Deno.test("while a person signs in, no connection is doubted that the request is not on", async () => {
  using time = new FakeTime();
  const { connect } = Deno;
  const { now } = Date;
  Date.now = () => time.now;
  let probes = 0;
  Deno.connect = ((): Promise<never> => {
    probes++;
    return Promise.reject(new Error("no route"));
  }) as unknown as typeof Deno.connect;
  try {
    const signIn = Promise.withResolvers<Record<string, string>>();
    const again = Promise.withResolvers<void>();
    const refused = new Response(null, { status: 401 });
    const answers = [refused, new Response()];
    const http = createBackendHttp({
      url: new URL("http://backend.test/mcp"),
      authorizer: { authorize: () => signIn.promise, refused: () => again.promise },
      connections: {
        fetch: () => Promise.resolve(answers.shift()!),
        replace() {},
      } as unknown as Connections,
    });
    const sent = http.send({
      method: "POST",
      headers: {},
      purpose: "client",
      signal: new AbortController().signal,
    }, () => Promise.resolve("read"));
    await time.pass(300_000);
    assert.equal(probes, 0, "before it leaves");
    signIn.resolve({});
    await time.pass(300_000);
    assert.equal(probes, 0, "after it was refused");
    again.resolve();
    await time.pass(0);
    assert.equal(await sent, "read");
  } finally {
    Deno.connect = connect;
    Date.now = now;
  }
});
