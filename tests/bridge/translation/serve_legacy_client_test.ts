import assert from "node:assert/strict";
import { createLog } from "../../../src/base/log.ts";
import type { BridgeContext } from "../../../src/bridge/bridge_context.ts";
import { createExchange, requestCancelled } from "../../../src/bridge/exchange.ts";
import type { BackendRequest, ReadResponse } from "../../../src/bridge/http/backend_http.ts";
import type { LegacyEra } from "../../../src/bridge/legacy/era.ts";
import { createPendingRequests } from "../../../src/bridge/pending_requests.ts";
import { serveLegacyClient } from "../../../src/bridge/translation/serve_legacy_client.ts";
import { FakeTime } from "../../credentials/fake_time.ts";
import { jsonResponse } from "../bridge_fixture.ts";
import { asFromNetwork } from "../from_network.ts";
import { request, type Value, valueOf } from "../message.ts";

/** A client that begins a session at a backend that answers so. */
function setUp(answer: (message: Value, sent: BackendRequest) => Response | Promise<Response>) {
  const sent: Value[] = [];
  const logged: string[] = [];
  const answers: Value[] = [];
  const stop = new AbortController();
  const context = {
    url: new URL("https://mcp.test/mcp"),
    stop: stop.signal,
    log: createLog({ level: "info", write: (line) => void logged.push(line.trimEnd()) }),
    maxMessageBytes: 1 << 20,
    acceptTimeout: 5_000,
    orderTimeout: 1_000,
    retryWindow: 0,
    whenWritable: () => undefined,
    toClient: () => {},
    pending: createPendingRequests(() => {}),
    http: {
      known: { url: new URL("https://mcp.test/mcp") },
      async send<T>(request: BackendRequest, read: ReadResponse<T>): Promise<T> {
        const message = valueOf(request.body!);
        sent.push(message);
        return await read(await asFromNetwork(await answer(message, request)), () => {});
      },
    },
  } as unknown as BridgeContext;
  const exchange = createExchange(
    request("initialize", {
      protocolVersion: "2025-06-18",
      clientInfo: { name: "c" },
      capabilities: { roots: {} },
    }),
    (line) => void answers.push(valueOf(line)),
  );
  return {
    sent,
    logged,
    answers,
    stop,
    exchange,
    serve: (before?: LegacyEra) => serveLegacyClient(exchange, { context, before }),
  };
}

const discovered = (supportedVersions: unknown) => ({ id }: Value) =>
  jsonResponse({ jsonrpc: "2.0", id, result: { supportedVersions, capabilities: {} } });

Deno.test("a backend of the modern era serves the client by translation, and is asked once", async () => {
  const it = setUp(discovered(["2026-07-28"]));
  let ended: AbortSignal | undefined;
  const before = {
    end(signal: AbortSignal) {
      assert.equal(it.sent.length, 0, "what served the client before is ended first");
      ended = signal;
      return Promise.resolve();
    },
  } as LegacyEra;
  const era = await it.serve(before);
  assert.equal(ended, it.stop.signal);
  await era!.request(it.exchange);
  assert.equal(it.answers[0].result.protocolVersion, "2025-06-18");
  assert.deepEqual(it.sent.map(({ method }) => method), ["server/discover"]);
  assert.deepEqual(
    it.sent[0].params._meta["io.modelcontextprotocol/clientCapabilities"],
    { roots: {} },
  );
  assert.deepEqual(it.sent[0].params._meta["io.modelcontextprotocol/clientInfo"], { name: "c" });
  assert.equal(it.logged.length, 1);
  assert.ok(
    it.logged[0].endsWith(
      "the backend speaks MCP 2026-07-28 only; messages of the client are translated",
    ),
  );
});

for (
  const [what, answer] of [
    ["names other versions", discovered(["2027-01-01"])],
    ["names none", discovered(undefined)],
    [
      "refuses",
      ({ id }: Value) =>
        jsonResponse({ jsonrpc: "2.0", id, error: { code: -32601, message: "m" } }),
    ],
    ["fails", () => new Response("no", { status: 403 })],
    ["cannot be reached", () => Promise.reject(new Error("down"))],
  ] as const
) {
  Deno.test(`a backend that ${what} is not of the modern era`, async () => {
    const it = setUp(answer);
    assert.equal(await it.serve(), undefined);
    assert.deepEqual([it.logged, it.answers], [[], []]);
  });
}

const never = (_: Value, { signal }: BackendRequest) =>
  new Promise<Response>((_, reject) =>
    signal.addEventListener("abort", () => reject(signal.reason))
  );

Deno.test("a backend that does not say what it is within the time for it is not of the modern era", async () => {
  using time = new FakeTime();
  const it = setUp(never);
  let outcome: unknown = "waits";
  it.serve().then((era) => outcome = era);
  await time.pass(4_999);
  assert.equal(outcome, "waits");
  await time.pass(1);
  assert.equal(outcome, undefined);
});

Deno.test("what ends the request ends the question", async () => {
  const it = setUp(never);
  const served = it.serve();
  it.exchange.abort(requestCancelled());
  await assert.rejects(served, /was cancelled/);
});
