import assert from "node:assert/strict";
import { readCutResponse } from "../../../src/bridge/jsonrpc/cut_response.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const read = (head: string, tail = "") => readCutResponse({ head: bytes(head), tail: bytes(tail) });
const response = (id: string | undefined) => ({ mayBeResponse: true, id });

Deno.test("the id in front of a long result is that of the response", () => {
  assert.deepEqual(read('{"jsonrpc":"2.0","id":7,"result":{"a":"xx'), response("7"));
  assert.deepEqual(read(' \n{ "id" : "a\\"b" ,"result":['), response('"a\\"b"'));
  assert.deepEqual(read('{"id":1,"id":2,"result":"x'), response("2"));
});

Deno.test("what the head ends in may go on, so it is no id", () => {
  assert.deepEqual(read('{"id":7'), response(undefined));
  assert.deepEqual(read('{"id":7 '), response("7"));
  assert.deepEqual(read('{"id":"a'), response(undefined));
  assert.deepEqual(read('[{"id":7}'), response(undefined));
  assert.deepEqual(read('["id":7,'), response(undefined));
  assert.deepEqual(read("", '"id":7}'), response(undefined));
});

Deno.test("a request or a notification is no response", () => {
  for (const head of ['{"method":"a","id":7,"params":"x', '{"id":7,"method":"a', '{"method":"a"']) {
    assert.deepEqual(read(head, ',"id":7}'), { mayBeResponse: false, id: undefined }, head);
  }
  assert.deepEqual(read('{"result":{"method":"a"},"id":7,"x":"'), response("7"));
});

Deno.test("the id at the very end is that of the response", () => {
  const head = '{"jsonrpc":"2.0","result":"xxx';
  const rows: [tail: string, id: string | undefined][] = [
    ['xx","id":7}', "7"],
    ['xx" , "id" : -12 } \n', "-12"],
    ['xx","id":"a"}', '"a"'],
    ['xx","id":7,"jsonrpc":"2.0"}', "7"],
    ['xx","id":7 , "jsonrpc" : "2.0" }', "7"],
    ['{"id":7}', "7"],
    ['xx","id":7}}', undefined],
    ['xx","id":7},"a":1}', undefined],
    ['xx\\"id":7}', undefined],
    ['xx","id":"a\\"b"}', undefined],
    ['xx","id":null}', undefined],
    ['xx","id":7.5}', undefined],
    ['xx","id":7}"', undefined],
    ['xx","id":7,"other":"2.0"}', undefined],
  ];
  for (const [tail, id] of rows) assert.deepEqual(read(head, tail), response(id), tail);
});

Deno.test("the id in front counts before the one at the end", () => {
  assert.deepEqual(read('{"id":1,"result":"x', 'x","id":2}'), response("1"));
});
