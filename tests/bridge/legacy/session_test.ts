import assert from "node:assert/strict";
import {
  createSession,
  initializeResultOf,
  postHeaders,
} from "../../../src/bridge/legacy/session.ts";
import { type Message, scanMessage } from "../../../src/bridge/jsonrpc/scan_message.ts";

/** What a response with this result, or error, says of the session. */
function read(body: unknown, member = "result") {
  const text = JSON.stringify({ jsonrpc: "2.0", id: 1, [member]: body });
  return initializeResultOf(scanMessage(new TextEncoder().encode(text)) as Message);
}

Deno.test("capabilities that are no object are none", () => {
  const protocolVersion = "2025-11-25";
  for (const capabilities of [null, undefined, "tools", 7]) {
    assert.deepEqual(read({ protocolVersion, capabilities }), {
      protocolVersion,
      capabilities: {},
    });
  }
  const capabilities = { tools: { listChanged: true } };
  assert.deepEqual(read({ protocolVersion, capabilities }), { protocolVersion, capabilities });
});

Deno.test("a version that is no header value begins no session, and an error neither", () => {
  for (const protocolVersion of [undefined, 7, "", "2025 11", "2025\n", "é"]) {
    assert.equal(read({ protocolVersion, capabilities: {} }), undefined);
  }
  assert.equal(read(null), undefined);
  assert.equal(read({ code: 1, protocolVersion: "2025-11-25" }, "error"), undefined);
});

Deno.test("the header fields are those of the session, the version since 2025-06-18", () => {
  const session = createSession();
  assert.deepEqual(session.headers, {});
  session.id = "abc";
  assert.deepEqual(session.headers, { "mcp-session-id": "abc" });
  session.result = { protocolVersion: "2025-03-26", capabilities: {} };
  assert.deepEqual(session.headers, { "mcp-session-id": "abc" });
  session.result = { protocolVersion: "2025-06-18", capabilities: {} };
  assert.deepEqual(session.headers, {
    "mcp-session-id": "abc",
    "mcp-protocol-version": "2025-06-18",
  });
  session.id = undefined;
  assert.deepEqual(session.headers, { "mcp-protocol-version": "2025-06-18" });
});

Deno.test("a session begins with nothing known of it", () => {
  const { over, open, onIdle, ...rest } = createSession();
  assert.deepEqual({ ...rest }, {
    id: undefined,
    result: undefined,
    headers: {},
    hasTaken: false,
    isDoubtful: false,
  });
  assert.deepEqual([over.signal.aborted, open.size, onIdle], [false, 0, undefined]);
});

Deno.test("every message is JSON, and may be answered with JSON or events", () => {
  assert.deepEqual(postHeaders, {
    "content-type": "application/json",
    "accept": "application/json, text/event-stream",
  });
});
