import assert from "node:assert/strict";
import { createExchange } from "../../../src/bridge/exchange.ts";
import { createSessionState } from "../../../src/bridge/legacy/session_state.ts";
import { messageOf } from "../bridge_parts.ts";

/** A client whose requests are answered. */
function client() {
  const state = createSessionState();
  const ask = (request: { method: string; params?: unknown }, answer: object = { result: {} }) => {
    const exchange = createExchange(messageOf({ id: 1, ...request }), () => {});
    state.observe(exchange);
    exchange.answer(messageOf({ id: 1, ...answer }));
    return exchange.request;
  };
  return { state, ask };
}

const subscribe = (uri?: string) => ({ method: "resources/subscribe", params: { uri } });

Deno.test("the log level and the subscriptions are remembered, the latest of each", () => {
  const { state, ask } = client();
  assert.deepEqual(state.requests(), []);
  const a = ask(subscribe("a"));
  ask({ method: "logging/setLevel", params: { level: "info" } });
  const b = ask(subscribe("b"));
  const level = ask({ method: "logging/setLevel", params: { level: "debug" } });
  assert.deepEqual(state.requests(), [level, a, b]);
  const again = ask(subscribe("a"));
  assert.deepEqual(state.requests(), [level, again, b]);
  ask({ method: "resources/unsubscribe", params: { uri: "a" } });
  assert.deepEqual(state.requests(), [level, b]);
  state.clear();
  assert.deepEqual(state.requests(), []);
});

Deno.test("what the backend has not granted is not set", () => {
  const { state, ask } = client();
  const error = { error: { code: -32602, message: "no" } };
  ask({ method: "logging/setLevel", params: { level: "info" } }, error);
  ask(subscribe("a"), error);
  assert.deepEqual(state.requests(), []);
  const kept = ask(subscribe("a"));
  ask({ method: "resources/unsubscribe", params: { uri: "a" } }, error);
  assert.deepEqual(state.requests(), [kept]);
});

Deno.test("nothing else is remembered, and a resource without an address is one", () => {
  const { state, ask } = client();
  for (const method of ["tools/call", "resources/read", "resources/list", "initialize"]) {
    ask({ method, params: { uri: "a" } });
  }
  assert.deepEqual(state.requests(), []);
  const kept = ask(subscribe("a"));
  ask({ method: "resources/read", params: { uri: "a" } });
  assert.deepEqual(state.requests(), [kept]);
  state.clear();
  const nameless = ask({ method: "resources/subscribe" });
  assert.deepEqual(state.requests(), [nameless]);
  ask({ method: "resources/unsubscribe" });
  assert.deepEqual(state.requests(), []);
});

Deno.test("the client gets the answer as it came", () => {
  const { state } = client();
  const lines: Uint8Array[] = [];
  const exchange = createExchange(messageOf({ id: 1, ...subscribe("a") }), (it) => lines.push(it));
  state.observe(exchange);
  const answer = messageOf({ id: 1, result: { a: 1 } });
  exchange.answer(answer);
  assert.deepEqual(lines, [answer.bytes]);
});
