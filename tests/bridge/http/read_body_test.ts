import assert from "node:assert/strict";
import { messageTooLong, readBody, withoutMark } from "../../../src/bridge/http/read_body.ts";
import { bodyOf, openBody, textOf } from "../bridge_parts.ts";

const url = new URL("https://backend.test/mcp");
const going = () => new AbortController().signal;

const read = (
  body: ReadableStream<Uint8Array> | null,
  { maxBytes = 100, length, signal = going() }: {
    maxBytes?: number;
    length?: number;
    signal?: AbortSignal;
  } = {},
) => {
  const headers: Record<string, string> = length === undefined
    ? {}
    : { "content-length": String(length) };
  return readBody(new Response(body, { headers }), { maxBytes, url, signal });
};

Deno.test("a body is read whole, with and without a length", async () => {
  assert.equal(textOf(await read(bodyOf("abc", "def"))), "abcdef");
  assert.equal(textOf(await read(bodyOf("abc", "def"), { length: 6 })), "abcdef");
  assert.equal((await read(null)).length, 0);
});

Deno.test("a body may be as long as is allowed, and no longer", async () => {
  const tooLong = { reason: "message_too_long", what: "a message is longer than 6 bytes" };
  assert.equal(textOf(await read(bodyOf("abc", "def"), { maxBytes: 6 })), "abcdef");
  assert.equal(textOf(await read(bodyOf("abc", "def"), { maxBytes: 6, length: 6 })), "abcdef");
  await assert.rejects(read(bodyOf("abc", "defg"), { maxBytes: 6 }), tooLong);
  const long = openBody();
  await assert.rejects(read(long.body, { maxBytes: 6, length: 7 }), tooLong);
  assert.equal(long.cancelled.length, 1, "it is let go of unread");
});

Deno.test("a byte order mark in front is dropped", async () => {
  const mark = Uint8Array.of(0xef, 0xbb, 0xbf, 0x7b);
  assert.deepEqual([...await read(bodyOf(mark))], [0x7b]);
  assert.deepEqual([...await read(bodyOf(mark), { length: 4 })], [0x7b]);
  assert.deepEqual([...withoutMark(mark)], [0x7b]);
  for (const other of [[0xee, 0xbb, 0xbf], [0xef, 0xba, 0xbf], [0xef, 0xbb, 0xbe], []]) {
    assert.deepEqual([...withoutMark(Uint8Array.from(other))], other);
  }
});

Deno.test("a body that breaks off is a lost connection", async () => {
  for (const length of [undefined, 10]) {
    const { body, write, cut } = openBody();
    write("abc");
    const reading = read(body, { length });
    cut();
    await assert.rejects(reading, {
      reason: "connection_lost",
      message: /^Network error: the connection to https:\/\/backend\.test was lost/,
    });
  }
});

Deno.test("what ends the request is the reason, however the body ends", async () => {
  const ending = new AbortController();
  ending.abort(new Error("over"));
  const { signal } = ending;
  for (const length of [undefined, 10]) {
    const { body, cut } = openBody();
    const reading = read(body, { length, signal });
    cut();
    await assert.rejects(reading, { message: "over" });
  }
  await assert.rejects(read(bodyOf("abc"), { signal }), { message: "over" });
});

Deno.test("what to do about a message that is too long", () => {
  const { message, reason } = messageTooLong(7);
  assert.equal(
    message,
    "Backend error: a message is longer than 7 bytes. Fix: raise --max-message-bytes or ask for less.",
  );
  assert.equal(reason, "message_too_long");
});
