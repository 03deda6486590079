import assert from "node:assert/strict";
import { nextTurn } from "../../src/base/timer.ts";
import type { BridgeContext } from "../../src/bridge/bridge_context.ts";
import { createExchange, type Exchange } from "../../src/bridge/exchange.ts";
import {
  fromBackend,
  fromBackendInTurns,
  type OwnExchange,
  passedOn,
} from "../../src/bridge/from_backend.ts";
import { turnLength } from "../../src/bridge/jsonrpc/scan_in_turns.ts";
import type { Message } from "../../src/bridge/jsonrpc/scan_message.ts";
import { createParts, messageOf, textOf } from "./bridge_parts.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const json = (value: Record<string, unknown>) => JSON.stringify({ jsonrpc: "2.0", ...value });

/** A bridge with these requests of the client pending. */
function open(ids: readonly unknown[] = [], overrides: Partial<BridgeContext> = {}) {
  const parts = createParts(undefined, overrides);
  const exchanges = ids.map((id) => parts.context.pending.open(messageOf({ id, method: "x" })));
  const take = (text: string, own?: OwnExchange) => fromBackend(bytes(text), own, parts.context);
  return { ...parts, exchanges, take };
}

Deno.test("requests and notifications go to the client as they are, in one line", () => {
  const { take, lines, context } = open();
  assert.equal(take('{"jsonrpc":"2.0",\n"id":1.0,"method":"roots/list"}'), true);
  assert.equal(take(json({ method: "notifications/message" })), true);
  assert.deepEqual(lines, [
    '{"jsonrpc":"2.0", "id":1.0,"method":"roots/list"}',
    '{"jsonrpc":"2.0","method":"notifications/message"}',
  ]);
  assert.deepEqual(context.serverRequests.abandon(), ["1.0"]);
});

Deno.test("a request that is taken back is not asked any more", () => {
  const { take, lines, context } = open();
  for (const id of [1, 2, 3]) take(json({ id, method: "roots/list" }));
  take(json({ method: "notifications/cancelled", params: { requestId: 1 } }));
  take(json({ method: "notifications/cancelled", params: {} }));
  take(json({ method: "notifications/other", params: { requestId: 3 } }));
  assert.deepEqual(context.serverRequests.abandon(), ["2", "3"]);
  assert.equal(lines.length, 6, "the client learns of it");
});

Deno.test("progress is noted, and nothing else as such", () => {
  const noted: string[] = [];
  const limits = {
    start: () => ({ [Symbol.dispose]() {} }),
    progress: ({ method }: Message) => void noted.push(method),
  };
  const { take, lines } = open([], { limits });
  take(json({ method: "notifications/progress", params: {} }));
  take(json({ method: "notifications/message", params: {} }));
  assert.deepEqual(noted, ["notifications/progress"]);
  assert.equal(lines.length, 2);
  open().take(json({ method: "notifications/progress" }));
});

Deno.test("who takes what the backend says by itself learns on whose stream it came", () => {
  const received: [string, Exchange | undefined][] = [];
  const { take, lines } = open([], {
    receive: ({ method }, own) => void received.push([method, own]),
  });
  const own = createExchange(messageOf({ id: 1, method: "x" }), () => {});
  take(json({ id: 1, method: "a" }), own);
  take(json({ method: "b" }));
  take(json({ method: "c" }), () => own);
  assert.deepEqual(received, [["a", own], ["b", undefined], ["c", undefined]]);
  assert.deepEqual(lines, []);
});

Deno.test("a response answers the request of its stream", () => {
  const { take, lines, exchanges } = open([1, 2]);
  assert.equal(take(json({ id: 1.0, result: "a" }), exchanges[0]), true);
  assert.deepEqual(lines, [json({ id: 1, result: "a" })]);
});

Deno.test("an error without an id answers the request of its stream, a result does not", () => {
  const { take, lines, exchanges } = open([1, "null"]);
  take(json({ id: null, error: { code: 1 } }), exchanges[0]);
  assert.deepEqual(lines, [json({ id: 1, error: { code: 1 } })]);
  const other = open([1, 2]);
  other.take(json({ id: 2, error: { code: 1 } }), other.exchanges[0]);
  assert.deepEqual(other.lines, [json({ id: 2, error: { code: 1 } })], "it names another one");
});

Deno.test("a second answer to the request of a stream answers no other", () => {
  const { take, lines, exchanges } = open([1, "1"]);
  take(json({ id: 1, result: "a" }), exchanges[0]);
  take(json({ id: 1, result: "b" }), exchanges[0]);
  assert.equal(lines.length, 1);
  assert.equal(exchanges[1]!.isAnswered, false);
});

Deno.test("a response on another stream is found by its id, then by the text of that", () => {
  const { take, lines, exchanges } = open([1, "a", "1"]);
  take(json({ id: "a", result: "a" }), exchanges[0]);
  take(json({ id: 1, result: "b" }));
  take(json({ id: 1, result: "c" }));
  take(json({ id: "nobody", result: "d" }));
  assert.deepEqual(lines, [
    json({ id: "a", result: "a" }),
    json({ id: 1, result: "b" }),
    json({ id: "1", result: "c" }),
  ]);
});

Deno.test("whose a response is may be looked up", () => {
  const { take, lines, exchanges } = open(["hidden"]);
  const seen: string[] = [];
  take(json({ id: "hidden", result: "a" }), ({ id }) => {
    seen.push(id);
    return exchanges[0];
  });
  assert.deepEqual(seen, ['"hidden"']);
  assert.equal(lines.length, 1);
});

Deno.test("what is no message is dropped with a warning, and ends what it is in", () => {
  const { take, lines, logged } = open();
  assert.equal(take("{"), false);
  assert.equal(take("7"), false);
  assert.deepEqual(logged, [
    "warn: the backend sent something that is not JSON; it is dropped",
    "warn: the backend sent something that is not a message; it is dropped",
  ]);
  const [a, b, c] = ["a", "b", "c"].map((method) => json({ method }));
  assert.equal(take(`[${a},7,${b}]`), false);
  assert.deepEqual(lines, [a]);
  assert.equal(take(`[${b},${c}]`), true);
  assert.deepEqual(lines, [a, b, c]);
  logged.length = 0;
  assert.equal(take(`[${a},[${b}],${c}]`), false);
  assert.equal(lines.length, 4);
  assert.deepEqual(logged, ["warn: the backend sent a batch in a batch; it is dropped"]);
});

/** A notification of so many bytes. */
function longNote(length: number, name = "a"): string {
  const empty = json({ method: name, params: "" });
  return json({ method: name, params: "x".repeat(length - empty.length) });
}

Deno.test("what is short is passed on at once, what is long in turns", async () => {
  const { context, lines } = open();
  const short = fromBackendInTurns(bytes(longNote(turnLength - 1)), undefined, context);
  assert.equal(short, true);
  assert.equal(lines.length, 1);
  const long = fromBackendInTurns(bytes(longNote(turnLength)), undefined, context);
  assert.ok(long instanceof Promise);
  assert.equal(lines.length, 1, "others have their turn");
  assert.equal(await long, true);
  assert.equal(lines.length, 2);
});

Deno.test("a long batch waits now and then, for the client if that is slow to read", async () => {
  let waits = 0;
  const whenWritable = () => {
    waits++;
    return waits === 2 ? Promise.resolve() : undefined;
  };
  const { context, lines } = open([], { whenWritable });
  const half = longNote(turnLength / 2);
  const take = (text: string) => fromBackendInTurns(bytes(text), undefined, context);
  assert.equal(await take(`[${[half, half, half, half, half].join()}]`), true);
  assert.equal(lines.length, 5);
  assert.equal(waits, 2, "behind the second and behind the fourth");
  waits = 2;
  const less = longNote(turnLength / 2 - 1);
  assert.equal(await take(`[${[half, less, "0"].join()}]`), false);
  assert.equal(waits, 2);
  assert.equal(await take(`[${[half, half, half, less, "0"].join()}]`), false);
  assert.equal(waits, 3);
});

Deno.test("between the messages of a long batch others have their turn", async () => {
  const full = Promise.withResolvers<void>();
  let waits = 0;
  const { context, lines } = open([], {
    whenWritable: () => ++waits === 1 ? full.promise : undefined,
  });
  const half = longNote(turnLength / 2);
  const batch = bytes(`[${Array(5).fill(half).join()}]`);
  let isDone = false;
  const done = fromBackendInTurns(batch, undefined, context);
  (done as Promise<boolean>).then(() => isDone = true);
  const seen = new Set<number>();
  while (!isDone) {
    await nextTurn();
    seen.add(lines.length);
    if (lines.length < 2) continue;
    if (seen.size === 2) { for (let turn = 0; turn < 5; turn++) await nextTurn(); }
    if (seen.size === 2) assert.equal(lines.length, 2, "the client is slow to read");
    full.resolve();
  }
  assert.deepEqual([...seen], [0, 2, 4, 5]);
});

Deno.test("in a long batch, too, nothing behind what is no message is passed on", async () => {
  const { context, lines, logged } = open();
  const long = longNote(turnLength);
  const take = (text: string) => fromBackendInTurns(bytes(text), undefined, context);
  assert.equal(await take(`[${long},7,${long}]`), false);
  assert.equal(await take(`[${long},[],${long}]`), false);
  assert.equal(lines.length, 2);
  assert.equal(await take(`{"a":"${"x".repeat(turnLength)}`), false);
  assert.deepEqual(logged, [
    "warn: the backend sent something that is not a message; it is dropped",
    "warn: the backend sent a batch in a batch; it is dropped",
    "warn: the backend sent something that is not JSON; it is dropped",
  ]);
  assert.equal(await take(long), true);
  assert.equal(lines.length, 3);
});

Deno.test("only what is not done yet is waited for", async () => {
  assert.equal(passedOn(true), undefined);
  assert.equal(passedOn(false), undefined);
  assert.equal(await passedOn(Promise.resolve(false)), undefined);
  assert.ok(passedOn(Promise.resolve(true)) instanceof Promise);
});

Deno.test("a response takes the id of its request, be it written otherwise", () => {
  const { lines, context } = open(["é"]);
  fromBackend(bytes('{"jsonrpc":"2.0","id":"\\u00e9","result":1}'), undefined, context);
  assert.deepEqual(lines, [textOf(bytes('{"jsonrpc":"2.0","id":"é","result":1}'))]);
});
