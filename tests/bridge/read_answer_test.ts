import assert from "node:assert/strict";
import type { BridgeContext } from "../../src/bridge/bridge_context.ts";
import { readAnswer, readFailure } from "../../src/bridge/read_answer.ts";
import { asFetched, createParts, messageOf } from "./bridge_parts.ts";

const json = (value: Record<string, unknown>) => JSON.stringify({ jsonrpc: "2.0", ...value });

function open(method = "tools/call", overrides: Partial<BridgeContext> = {}) {
  const parts = createParts(undefined, overrides);
  const exchange = parts.context.pending.open(messageOf({ id: 1, method }));
  return { ...parts, exchange };
}

/** What reading an answer comes to: what the client gets, or what is thrown. */
async function read(body: BodyInit | null, init: ResponseInit, overrides?: Partial<BridgeContext>) {
  const { context, exchange, lines, logged } = open("tools/call", overrides);
  const response = asFetched(new Response(body, init));
  const error = await readAnswer(response, { exchange, context }).then(() => undefined, (e) => e);
  return { error, lines, logged, response };
}

const typed = (type: string, status = 200) => ({ status, headers: { "content-type": type } });

Deno.test("JSON with the response is the answer", async () => {
  const text = json({ id: 1, result: {} });
  assert.deepEqual((await read(text, typed("application/json"))).lines, [text]);
  assert.equal((await read(text, typed("application/json"))).error, undefined);
});

Deno.test("JSON without it is none, and told by what it is", async () => {
  const advice =
    "Fix: check that MCP_BACKEND_URL is the backend's MCP endpoint, and look at its log.";
  const rows: [string, string, string][] = [
    [json({ id: 2, result: {} }), "with an answer to another request", ""],
    [json({ method: "a" }), "with an answer to another request", ""],
    ["{", "with invalid JSON-RPC", ""],
    ["7", "with invalid JSON-RPC", ""],
    ["", "by HTTP 200 without content", ""],
  ];
  for (const [body, how] of rows) {
    const { error } = await read(body, typed("application/json"));
    assert.equal(
      error.message,
      `Backend error: the backend answered the request ${how}. ${advice}`,
    );
    assert.equal(error.reason, "no_answer");
  }
});

Deno.test("what is no JSON is let go of, and told by its status and its type", async () => {
  let isCancelled = false;
  const body = new ReadableStream({ cancel: () => void (isCancelled = true) });
  const page = await read(body, typed("text/html", 201));
  assert.equal(
    page.error.what,
    "the backend answered the request by HTTP 201 with content type text/html",
  );
  assert.equal(isCancelled, true);
  const nothing = await read(null, { status: 202 });
  assert.equal(
    nothing.error.what,
    "the backend answered the request by HTTP 202 without content",
  );
});

Deno.test("an answer that is longer than it may be is none", async () => {
  const text = json({ id: 1, result: {} });
  const { length } = text;
  const fits = await read(text, typed("application/json"), { maxMessageBytes: length });
  assert.equal(fits.lines.length, 1);
  const { error, lines } = await read(text, typed("application/json"), {
    maxMessageBytes: length - 1,
  });
  assert.equal(error.reason, "message_too_long");
  assert.deepEqual(lines, []);
});

/** What an HTTP error comes to. */
function fail(
  status: number,
  { method = "tools/call", type = "application/json", body = "", isAddressGood = false }: {
    method?: string;
    type?: string;
    body?: string;
    isAddressGood?: boolean;
  },
) {
  const http = {
    ...createParts().context.http,
    known: { isAddressGood, authorizationBytes: 9_000 },
  };
  const { context, exchange, lines, logged } = open(method, { http });
  let error;
  try {
    readFailure(new Response(null, typed(type, status)), {
      exchange,
      context,
      body: new TextEncoder().encode(body),
    });
  } catch (thrown) {
    error = thrown as Error & { reason: string; what: string; fix: string };
  }
  return { error, lines, logged };
}

const refusal = json({ id: 1, error: { code: -32000, message: "no" } });

Deno.test("a JSON-RPC error in the body of an HTTP error is the answer", () => {
  const { error, lines } = fail(400, { body: refusal });
  assert.equal(error, undefined);
  assert.deepEqual(lines, [refusal]);
  const batch = fail(400, { body: `[${refusal}]` });
  assert.deepEqual(batch.lines, [refusal]);
});

Deno.test("what is none is an error, and nobody complains about it", () => {
  const rows: [string, string][] = [
    ["application/json", json({ id: 2, error: { code: 1 } })],
    ["application/json", json({ method: "a" })],
    ["application/json", json({ id: 1, method: "a" })],
    ["application/json", '{"message":"no"}'],
    ["application/json", "{"],
    ["text/html", refusal],
  ];
  for (const [type, body] of rows) {
    const { error, lines, logged } = fail(400, { type, body });
    assert.equal(error?.reason, "http_400", body);
    assert.deepEqual([lines, logged], [[], []], body);
  }
});

Deno.test("what may pass is not the answer yet", () => {
  const { error, lines } = fail(503, { body: refusal });
  assert.equal(error?.reason, "backend_down");
  assert.deepEqual(lines, []);
});

Deno.test("the error says what is known of the backend and of the request", () => {
  assert.match(fail(502, {}).error!.what, /; the request may have been carried out$/);
  assert.doesNotMatch(fail(502, { method: "tools/list" }).error!.what, /carried out/);
  assert.match(fail(404, {}).error!.fix, /^check that MCP_BACKEND_URL/);
  assert.match(fail(404, { isAddressGood: true }).error!.fix, /^look at the backend's log/);
  assert.match(fail(431, {}).error!.what, /has 9000 bytes$/);
  assert.match(fail(404, { type: "text/plain", body: "no such place" }).error!.what, /: no such/);
});
