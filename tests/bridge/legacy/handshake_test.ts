import assert from "node:assert/strict";
import { createAcceptLimit } from "../../../src/bridge/accept_limit.ts";
import { createExchange } from "../../../src/bridge/exchange.ts";
import { type HandshakeOptions, performHandshake } from "../../../src/bridge/legacy/handshake.ts";
import { createSession } from "../../../src/bridge/legacy/session.ts";
import { jsonResponse } from "../bridge_fixture.ts";
import { type Answer, createParts, messageOf, openBody, textOf } from "../bridge_parts.ts";

const result = { protocolVersion: "2025-11-25", capabilities: { tools: {} } };
const good = (id?: string) =>
  jsonResponse({ jsonrpc: "2.0", id: 1, result }, {
    headers: id === undefined ? {} : { "mcp-session-id": id },
  });

/** A handshake with a backend, and what came of it in its order. */
function begin(answer: Answer, options: Partial<HandshakeOptions> = {}, retryWindow = 0) {
  const parts = createParts(answer, { retryWindow });
  const session = createSession();
  const events: string[] = [];
  const exchange = createExchange(messageOf({ id: 1, method: "initialize" }), (line) => {
    events.push(`line ${textOf(line).slice(0, 24)}`);
  });
  const done = performHandshake(exchange, {
    context: parts.context,
    session,
    onSession: () => void events.push(`session ${session.id}`),
    onAnswer: () => void events.push(`answer ${session.result?.protocolVersion}`),
    onLeft: (id) => void events.push(`left ${id}`),
    ...options,
  });
  return { ...parts, session, events, exchange, done };
}

const line = `line {"jsonrpc":"2.0","id":1,`;

Deno.test("the id and the version of a session are learnt from the answer", async () => {
  const { done, session, events, sent } = begin(() => good("abc"));
  await done;
  assert.deepEqual(session.headers, {
    "mcp-session-id": "abc",
    "mcp-protocol-version": "2025-11-25",
  });
  assert.deepEqual(session.result, result);
  assert.deepEqual(events, ["session abc", "answer 2025-11-25", line]);
  assert.deepEqual([sent.length, sent[0]!.headers], [1, {
    "content-type": "application/json",
    "accept": "application/json, text/event-stream",
  }]);
});

Deno.test("a backend may do without an id, and with one that is no header value it does", async () => {
  const without = begin(() => good());
  await without.done;
  assert.deepEqual([without.session.id, without.logged], [undefined, []]);
  for (const [id, isGood] of [["!~", true], ["a b", false], ["é", false]] as const) {
    const { done, session, logged, events } = begin(() => good(id));
    await done;
    assert.equal(session.id, isGood ? id : undefined, id);
    assert.deepEqual(
      logged,
      isGood ? [] : ["warn: the backend's session id has forbidden characters; it is not used"],
    );
    assert.equal(events[0], `session ${session.id}`);
  }
});

Deno.test("the id of an attempt that failed is left, and not sent with the next one", async () => {
  const { done, session, events, sent } = begin(
    (_, count) => {
      if (count > 1) return good("second");
      const { body, cut } = openBody();
      cut();
      return new Response(body, {
        headers: { "content-type": "text/event-stream", "mcp-session-id": "first" },
      });
    },
    {},
    20_000,
  );
  await done;
  assert.deepEqual(sent.map(({ headers }) => headers["mcp-session-id"]), [undefined, undefined]);
  assert.equal(session.id, "second");
  assert.deepEqual(events, [
    "session first",
    "left first",
    "session second",
    "answer 2025-11-25",
    line,
  ]);
});

Deno.test("an attempt that a busy backend turned away leaves nothing behind", async () => {
  const { done, events, sent } = begin(
    (_, count) =>
      count === 1
        ? new Response(null, { status: 503, headers: { "retry-after": "0" } })
        : good("second"),
    {},
    20_000,
  );
  await done;
  assert.equal(sent.length, 2);
  assert.deepEqual(events, ["session second", "answer 2025-11-25", line]);
});

Deno.test("a trial is made once, and asks for no token", async () => {
  const { done, sent, events } = begin(
    () => new Response(null, { status: 503, headers: { "retry-after": "0" } }),
    { isTrial: true },
    20_000,
  );
  await assert.rejects(done, { reason: "backend_busy" });
  assert.deepEqual([sent.length, sent[0]!.isQuestion, events], [1, true, []]);
});

Deno.test("the time that the backend has begins when it leaves", async () => {
  const stop = new AbortController();
  using limit = createAcceptLimit({ acceptTimeout: 10_000, stop: stop.signal });
  let leaves = 0;
  const { done } = begin(() => good(), { limit: { ...limit, onSend: () => void leaves++ } });
  await done;
  assert.equal(leaves, 1);
});

Deno.test("nobody need be told", async () => {
  const { done, session } = begin(() => good("abc"), {
    onSession: undefined,
    onAnswer: undefined,
    onLeft: undefined,
  });
  await done;
  assert.equal(session.id, "abc");
});
