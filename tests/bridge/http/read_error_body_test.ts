import assert from "node:assert/strict";
import { readErrorBody } from "../../../src/bridge/http/read_error_body.ts";
import { FakeTime } from "../../credentials/fake_time.ts";
import { bodyOf, openBody, textOf } from "../bridge_parts.ts";

const going = () => new AbortController().signal;
const read = async (
  body: ReadableStream<Uint8Array> | null,
  { maxBytes = 100, signal = going() }: { maxBytes?: number; signal?: AbortSignal } = {},
) => textOf(await readErrorBody(new Response(body, { status: 500 }), { maxBytes, signal }));

Deno.test("the body of an error is read, without a byte order mark", async () => {
  assert.equal(await read(bodyOf("abc", "def")), "abcdef");
  assert.equal(await read(bodyOf("\ufeff{}")), "{}");
  assert.equal(await read(null), "");
});

Deno.test("what is behind the limit is not read", async () => {
  for (
    const [pieces, expected] of [[["abc", "def"], "abcd"], [["abcd"], "abcd"], [
      ["abc"],
      "abc",
    ]] as const
  ) {
    const { body, write, end, cancelled } = openBody();
    for (const piece of pieces) write(piece);
    if (expected.length < 4) end();
    assert.equal(await read(body, { maxBytes: 4 }), expected);
    for (let turn = 0; turn < 50; turn++) await Promise.resolve();
    assert.equal(cancelled.length, expected.length < 4 ? 0 : 1);
  }
});

Deno.test("what is at the limit is not waited for", async () => {
  using _time = new FakeTime();
  const { body, write } = openBody();
  write("abcd");
  assert.equal(await read(body, { maxBytes: 4 }), "abcd");
});

Deno.test("what broke off counts as far as it came", async () => {
  const { body, write, cut } = openBody();
  write("abc");
  const reading = read(body);
  for (let turn = 0; turn < 100; turn++) await Promise.resolve();
  cut();
  assert.equal(await reading, "abc");
});

Deno.test("more than three seconds are not waited for the rest", async () => {
  using time = new FakeTime();
  const { body, write, cancelled } = openBody();
  write("abc");
  let seen: string | undefined;
  const reading = read(body).then((text) => seen = text);
  await time.pass(2_999);
  assert.equal(seen, undefined);
  await time.pass(1);
  assert.equal(await reading, "abc");
  assert.equal(cancelled.length, 1);
});

Deno.test("a body that ends in time leaves nothing to wait for", async () => {
  using time = new FakeTime();
  await read(bodyOf("abc"));
  assert.equal(time.isAwaited, false);
});

Deno.test("that letting go fails is nothing to fail with", async () => {
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode("abcd")),
    cancel: () => Promise.reject(new Error("it is gone")),
  });
  assert.equal(await read(body, { maxBytes: 4 }), "abcd");
});

Deno.test("what ends the request is the reason", async () => {
  const ending = new AbortController();
  ending.abort(new Error("over"));
  await assert.rejects(read(bodyOf("abc"), { signal: ending.signal }), { message: "over" });
});
