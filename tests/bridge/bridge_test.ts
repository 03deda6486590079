import assert from "node:assert/strict";
import { freePort } from "../support/free_port.ts";
import { ProxyError } from "../../src/base/errors.ts";
import {
  event,
  eventResponse,
  grantAll,
  initializedNotification,
  initializeRequest,
  jsonResponse,
  legacyBackend,
  openEventResponse,
  startBridge,
} from "./bridge_fixture.ts";
import { until } from "../support/until.ts";

Deno.test("messages keep every byte, both ways", async () => {
  const body =
    `{"jsonrpc":"2.0","extra":{"b":1,"a":2},"id":12345678901234567890,"result":{"n":1.0,"e":1e400,"__proto__":{"x":0},"u":"\\u0000\\ud800\\u2028","s":"\u2028é😀"}}`;
  const request =
    `{"id":12345678901234567890, "jsonrpc":"2.0","method":"custom/x","params":{"a":1.0,"b":"\\u0000"},"top":-0}`;
  await using bridge = startBridge(
    legacyBackend(({ message }) => message?.method === "custom/x" ? jsonResponse(body) : undefined),
  );
  await bridge.send(request);
  assert.equal(await bridge.next(), body);
  assert.equal(bridge.received.at(-1)?.body, request);
});

Deno.test("pretty-printed answers become one line", async () => {
  await using bridge = startBridge(
    legacyBackend(({ message }) =>
      jsonResponse(JSON.stringify({ jsonrpc: "2.0", id: message.id, result: { a: [1] } }, null, 2))
    ),
  );
  await bridge.send({ jsonrpc: "2.0", id: 7, method: "x" });
  assert.deepEqual(await bridge.nextMessage(), { jsonrpc: "2.0", id: 7, result: { a: [1] } });
});

Deno.test("every answer comes under the id as the client wrote it", async () => {
  await using bridge = startBridge(legacyBackend(({ message }) =>
    // What a backend that reads numbers as doubles makes of the id.
    jsonResponse({ jsonrpc: "2.0", id: message.id, result: {} })
  ));
  for (const id of ["12345678901234567890", "1.0", "-7", "0", `"a\\u0062"`, "1e2"]) {
    await bridge.send(`{"jsonrpc":"2.0","id":${id},"method":"x"}`);
    assert.equal(await bridge.next(), `{"jsonrpc":"2.0","id":${id},"result":{}}`);
  }
});

Deno.test("the handshake is kept in order and its results are used", async () => {
  let initialized = () => {};
  const held = new Promise<void>((resolve) => initialized = resolve);
  const backend = legacyBackend(
    ({ message }) =>
      message?.method === "notifications/initialized"
        ? held.then(() => new Response(null, { status: 202 }))
        : undefined,
    { sessionId: "s-1" },
  );
  await using bridge = startBridge(backend);
  await bridge.send(initializeRequest);
  await bridge.send(initializedNotification);
  await bridge.send({ jsonrpc: "2.0", id: 1, method: "tools/list" });
  await bridge.next();
  await until(() => bridge.received.length >= 2, "the initialized notification");
  assert.deepEqual(bridge.received.map(({ message }) => message?.method), [
    "initialize",
    "notifications/initialized",
  ]);
  initialized();
  await bridge.next();
  await until(() => bridge.received.some(({ method }) => method === "GET"), "the GET");
  await bridge.end();
  const [initialize, ...rest] = bridge.received;
  assert.equal(initialize.headers.get("mcp-session-id"), null);
  assert.equal(initialize.headers.get("mcp-protocol-version"), null);
  for (const { headers } of rest) {
    assert.equal(headers.get("mcp-session-id"), "s-1");
    assert.equal(headers.get("mcp-protocol-version"), "2025-11-25");
  }
  assert.equal(rest.at(-1)?.method, "DELETE");
});

Deno.test("progress comes before its result", async () => {
  const progress = { jsonrpc: "2.0", method: "notifications/progress", params: { progress: 1 } };
  await using bridge = startBridge(
    legacyBackend(({ message }) =>
      eventResponse(event(progress), event({ jsonrpc: "2.0", id: message.id, result: {} }))
    ),
  );
  await bridge.send({ jsonrpc: "2.0", id: 1, method: "tools/call" });
  assert.equal((await bridge.nextMessage()).method, "notifications/progress");
  assert.equal((await bridge.nextMessage()).id, 1);
});

Deno.test("requests of the backend reach the client and its responses the backend", async () => {
  const stream = openEventResponse();
  await using bridge = startBridge(
    legacyBackend(({ method }) => method === "GET" ? stream.response : undefined),
  );
  await bridge.initialize();
  await until(() => bridge.received.some(({ method }) => method === "GET"), "the GET");
  // Its id is the same as one of the client's requests that is still pending.
  const request = `{"jsonrpc":"2.0","id":"init","method":"sampling/createMessage"}`;
  await stream.write(event(request));
  assert.equal(await bridge.next(), request);
  const response = `{"jsonrpc":"2.0","id":"init","result":{"role":"assistant"}}`;
  await bridge.send(response);
  await until(() => bridge.received.some(({ body }) => body === response), "the response");
});

Deno.test("a batch is taken apart, both ways", async () => {
  await using bridge = startBridge(legacyBackend(({ message }) =>
    jsonResponse([
      { jsonrpc: "2.0", method: "notifications/message", params: {} },
      { jsonrpc: "2.0", id: message.id, result: { of: message.method } },
    ])
  ));
  await bridge.send(
    `[{"jsonrpc":"2.0","id":1,"method":"a"},{"x":1},{"jsonrpc":"2.0","id":2,"method":"b"}]`,
  );
  const lines = [];
  for (let i = 0; i < 5; i++) lines.push(await bridge.nextMessage());
  const results = lines.filter(({ result }) => result);
  assert.deepEqual(results.map(({ id, result }) => [id, result.of]).sort(), [[1, "a"], [2, "b"]]);
  assert.equal(lines.find(({ error }) => error).error.code, -32600);
});

Deno.test("input that is no message is answered, and the bridge goes on", async () => {
  await using bridge = startBridge(legacyBackend());
  for (
    const [line, code] of [
      ["garbage", -32700],
      [`{"jsonrpc":"2.0","id":1`, -32700],
      ["[]", -32600],
      ["17", -32600],
      [`{"jsonrpc":"1.0","id":1,"method":"x"}`, -32600],
      [`{"jsonrpc":"2.0","id":null,"method":"x"}`, -32600],
      [`{"jsonrpc":"2.0","id":{},"method":"x"}`, -32600],
    ] as const
  ) {
    await bridge.send(line);
    const { id, error } = await bridge.nextMessage();
    assert.equal(id, null);
    assert.equal(error.code, code, line);
  }
  await bridge.send(" \r\n\n\t\r");
  await bridge.send(`{"jsonrpc":"2.0","id":1,"method":"ping"}\r`);
  assert.equal((await bridge.nextMessage()).id, 1);
});

Deno.test("the end of the input drains, ends the session and returns", async () => {
  let answer = () => {};
  const held = new Promise<void>((resolve) => answer = resolve);
  const bridge = startBridge(
    legacyBackend(
      ({ message }) =>
        message?.method === "slow"
          ? held.then(() => jsonResponse({ jsonrpc: "2.0", id: 5, result: {} }))
          : undefined,
      { sessionId: "s" },
    ),
  );
  await using _ = bridge;
  await bridge.initialize();
  // The last line may lack its line break.
  await bridge.sendBytes(new TextEncoder().encode(`{"jsonrpc":"2.0","id":5,"method":"slow"}`));
  const ended = bridge.end();
  await until(() => bridge.received.some(({ message }) => message?.method === "slow"), "the call");
  answer();
  const rest = await ended;
  assert.deepEqual(rest.map((line) => JSON.parse(line).id), [5]);
  assert.equal(bridge.received.at(-1)?.method, "DELETE");
});

Deno.test("what is still pending after the drain is answered with an error", async () => {
  await using bridge = startBridge(
    legacyBackend(({ message }) => message?.method === "never" ? never() : undefined),
    { drainTimeout: 50 },
  );
  await bridge.send({ jsonrpc: "2.0", id: 5, method: "never" });
  const rest = (await bridge.end()).map((line) => JSON.parse(line));
  assert.equal(rest.length, 1);
  assert.equal(rest[0].id, 5);
  assert.equal(rest[0].error.data.reason, "proxy_ended");
});

for (const transport of ["auto", "http", "sse"] as const) {
  Deno.test(`what the backend cannot be reached for is in the answers at the end, over ${transport}`, async () => {
    await using bridge = startBridge(legacyBackend(), {
      backendUrl: new URL(`http://127.0.0.1:${freePort()}/mcp`),
      transport,
      drainTimeout: 300,
    });
    await bridge.send(initializeRequest);
    // It waits for the session that the first one is to begin.
    await bridge.send({ jsonrpc: "2.0", id: 7, method: "tools/list" });
    const answers = (await bridge.end()).map((line) => JSON.parse(line));
    assert.deepEqual(answers.map(({ id }) => id), [initializeRequest.id, 7]);
    for (const { error } of answers) {
      assert.equal(error.data.reason, "backend_unreachable");
      assert.match(error.message, /^Network error: .*[Cc]onnection refused/);
      assert.match(error.message, /the client left before another attempt/);
    }
  });
}

Deno.test("what the backend cannot be reached for is in the answer at the end, in the modern era", async () => {
  await using bridge = startBridge(legacyBackend(), {
    backendUrl: new URL(`http://127.0.0.1:${freePort()}/mcp`),
    drainTimeout: 300,
  });
  const _meta = { "io.modelcontextprotocol/protocolVersion": "2026-07-28" };
  await bridge.send({ jsonrpc: "2.0", id: 1, method: "tools/list", params: { _meta } });
  const [{ error }] = (await bridge.end()).map((line) => JSON.parse(line));
  assert.equal(error.data.reason, "backend_unreachable");
  assert.match(error.message, /[Cc]onnection refused/);
});

Deno.test("an attempt that is under way at the end is told with what the one before failed with", async () => {
  let posts = 0;
  await using bridge = startBridge(
    legacyBackend(({ message }) => {
      if (message?.method !== "tools/list") return undefined;
      return ++posts === 1 ? new Response("busy", { status: 503 }) : never();
    }),
    { drainTimeout: 1_000 },
  );
  await bridge.initialize();
  await bridge.send({ jsonrpc: "2.0", id: 7, method: "tools/list" });
  await until(() => posts === 2, "the second attempt");
  const [answer] = (await bridge.end()).map((line) => JSON.parse(line));
  assert.equal(answer.error.data.reason, "proxy_ended");
  assert.match(answer.error.message, /the attempt before had failed: .*503/);
});

Deno.test("a client that closes its end is left quietly", async () => {
  const output = {
    write: () => Promise.reject(new Deno.errors.BrokenPipe("Broken pipe")),
  };
  const bridge = startBridge(legacyBackend(() => undefined, { sessionId: "s" }), { output });
  await using _ = bridge;
  await bridge.send(initializeRequest);
  await bridge.done;
  assert.deepEqual(bridge.logged.filter((line) => !line.includes("[debug]")), []);
});

function never(): Promise<Response> {
  return new Promise(() => {});
}

Deno.test("an error of ours is told in the log, too", async () => {
  await using bridge = startBridge(legacyBackend(), {
    logLevel: "error",
    authorizer: {
      ...grantAll,
      authorize: () =>
        Promise.reject(
          new ProxyError({
            category: "Configuration error",
            what: "https://auth.test names another issuer",
            fix: "correct OIDC_ISSUER_URL",
            reason: "issuer_mismatch",
          }),
        ),
    },
  });
  await bridge.send(initializeRequest);
  assert.equal((await bridge.nextMessage()).error.data.reason, "issuer_mismatch");
  assert.match(
    bridge.logged.join("\n"),
    /\[error\] initialize failed: Configuration error: https:\/\/auth\.test names another issuer\. Fix: correct OIDC_ISSUER_URL\.\n$/,
  );
});

Deno.test("a request that the client has cancelled is no error in the log", async () => {
  await using bridge = startBridge(
    legacyBackend(({ message }) =>
      message?.method === "slow" ? new Promise<Response>(() => {}) : undefined
    ),
    { logLevel: "warn" },
  );
  await bridge.send({ jsonrpc: "2.0", id: 1, method: "slow" });
  await until(() => bridge.received.some(({ message }) => message?.method === "slow"), "the POST");
  await bridge.send({
    jsonrpc: "2.0",
    method: "notifications/cancelled",
    params: { requestId: 1 },
  });
  assert.equal((await bridge.nextMessage()).error.data.reason, "cancelled");
  assert.deepEqual(bridge.logged, []);
});

Deno.test("a signal behind the end of the input ends the wait for answers", async () => {
  await using bridge = startBridge(
    legacyBackend(({ message }) =>
      message?.method === "slow" ? new Promise<Response>(() => {}) : undefined
    ),
    { drainTimeout: 600_000 },
  );
  await bridge.send({ jsonrpc: "2.0", id: 1, method: "slow" });
  await until(() => bridge.received.some(({ message }) => message?.method === "slow"), "the POST");
  const ended = bridge.end();
  // The end of the input is taken before the signal, as it came first.
  await new Promise((resolve) => setTimeout(resolve, 0));
  bridge.stop.abort();
  const [answer] = await ended;
  assert.equal(JSON.parse(answer!).error.data.reason, "proxy_ended");
});

Deno.test("a batch in a batch is no message, however deep it is", async () => {
  const deep = "[".repeat(20_000) + "]".repeat(20_000);
  await using bridge = startBridge(legacyBackend(({ message }) => {
    const answer = JSON.stringify({ jsonrpc: "2.0", id: message?.id, result: {} });
    return message?.method === "ping" ? jsonResponse(`[${answer},${deep}]`) : undefined;
  }));
  await bridge.send(`[${deep}]`);
  const { id, error } = await bridge.nextMessage();
  assert.deepEqual([id, error.code], [null, -32600]);
  await bridge.send({ jsonrpc: "2.0", id: 1, method: "ping" });
  assert.deepEqual(await bridge.nextMessage(), { jsonrpc: "2.0", id: 1, result: {} });
});

Deno.test("an answer may begin with a byte order mark", async () => {
  let answer = "";
  await using bridge = startBridge(legacyBackend(() => jsonResponse(answer)));
  for (const id of [1, 2]) {
    const message = `{"jsonrpc":"2.0","id":${id},"result":{}}`;
    answer = `\ufeff${message}`;
    await bridge.send({ jsonrpc: "2.0", id, method: "tools/call" });
    assert.equal(await bridge.next(), message);
  }
});
