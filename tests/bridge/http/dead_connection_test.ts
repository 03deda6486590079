import assert from "node:assert/strict";
import { createConnections } from "../../../src/net/http_client.ts";
import { certificateFile } from "../../support/https_server.ts";
import { until } from "../../support/until.ts";
import { startRelay } from "../../support/relay.ts";
import { jsonResponse, startBridge } from "../bridge_fixture.ts";

const isOld = Deno.version.deno.startsWith("2.4.");
const none = { clientCert: undefined, clientKey: undefined };
const ping = (id: number) => ({ jsonrpc: "2.0", id, method: "ping" });
const call = (id: number) => ({
  jsonrpc: "2.0",
  id,
  method: "tools/call",
  params: { name: "x", arguments: {} },
});

/** A backend on HTTP/2 or HTTP/1.1, behind a relay that may forget its connections. */
function startBackend(options: { isTls: boolean; slow?: Promise<void> }) {
  const methods: string[] = [];
  const closing = new AbortController();
  const tls = options.isTls
    ? {
      cert: Deno.readTextFileSync(certificateFile("server.pem")),
      key: Deno.readTextFileSync(certificateFile("server.key")),
    }
    : {};
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {}, signal: closing.signal, ...tls },
    async (request) => {
      methods.push(request.method);
      if (request.method !== "POST") return new Response(null, { status: 405 });
      const { id, method } = await request.json();
      if (method === "tools/call") await options.slow;
      return jsonResponse({ jsonrpc: "2.0", id, result: {} });
    },
  );
  const relay = startRelay(server.addr.port);
  return {
    relay,
    methods,
    url: new URL(`${options.isTls ? "https" : "http"}://localhost:${relay.port}/mcp`),
    async [Symbol.asyncDispose]() {
      relay[Symbol.dispose]();
      closing.abort();
      await server.finished;
    },
  };
}

const times = {
  connectionTimes: { longSilence: 600, checkTimeout: 300 },
  connectTimeout: 500,
  retryWindow: 2_000,
};

Deno.test({
  name: "HTTP/2: a connection that was forgotten on the way costs one call",
  ignore: isOld,
  async fn() {
    await using backend = startBackend({ isTls: true });
    const connections = await createConnections({
      ...none,
      caCerts: [certificateFile("authority.pem")],
    });
    await using bridge = startBridge(() => new Response(), {
      backendUrl: backend.url,
      connections,
      ...times,
    });
    await bridge.send(ping(1));
    assert.deepEqual((await bridge.nextMessage()).result, {});
    assert.equal(backend.relay.connections, 1);
    backend.relay.forget();

    await bridge.send(call(2));
    const { id, error } = await bridge.nextMessage();
    assert.equal(id, 2);
    assert.equal(error.data.reason, "connection_lost");
    assert.match(error.message, /had died silently, .* the request may have been carried out/);

    await bridge.send(call(3));
    assert.deepEqual((await bridge.nextMessage()).result, {});
    assert.equal(backend.methods.filter((method) => method === "POST").length, 2);
  },
});

Deno.test({
  name: "HTTP/2: what only reads is asked again on a new connection by itself",
  ignore: isOld,
  async fn() {
    await using backend = startBackend({ isTls: true });
    const connections = await createConnections({
      ...none,
      caCerts: [certificateFile("authority.pem")],
    });
    await using bridge = startBridge(() => new Response(), {
      backendUrl: backend.url,
      connections,
      ...times,
    });
    await bridge.send(ping(1));
    await bridge.next();
    backend.relay.forget();
    await bridge.send(ping(2));
    assert.deepEqual((await bridge.nextMessage()).result, {});
  },
});

for (const isTls of [true, false]) {
  const protocol = isTls ? "HTTP/2" : "HTTP/1.1";
  Deno.test({
    name: `${protocol}: a slow call on a connection that is alive is left alone`,
    ignore: isOld,
    async fn() {
      const slow = Promise.withResolvers<void>();
      await using backend = startBackend({ isTls, slow: slow.promise });
      const connections = await createConnections({
        ...none,
        caCerts: [certificateFile("authority.pem")],
      });
      await using bridge = startBridge(() => new Response(), {
        backendUrl: backend.url,
        connections,
        ...times,
      });
      await bridge.send(ping(1));
      await bridge.next();
      await bridge.send(call(2));
      // It has been asked twice whether the connection is there, and it was.
      const asked = () => backend.methods.filter((method) => method === "OPTIONS").length;
      await until(() => asked() >= 4, "four questions for the connection");
      slow.resolve();
      assert.deepEqual((await bridge.nextMessage()).result, {});
      assert.equal(backend.methods.filter((method) => method === "POST").length, 2);
    },
  });
}

Deno.test("a connection that was not used for long is not used any more", async () => {
  await using backend = startBackend({ isTls: false });
  const connections = await createConnections({ ...none, caCerts: [] });
  await using bridge = startBridge(() => new Response(), {
    backendUrl: backend.url,
    connections,
    ...times,
    connectionTimes: { maxIdle: -1 },
  });
  for (const id of [1, 2, 3]) {
    await bridge.send(call(id));
    assert.deepEqual((await bridge.nextMessage()).result, {});
    // Whoever forgot it meanwhile costs nobody a call.
    backend.relay.forget();
  }
});
