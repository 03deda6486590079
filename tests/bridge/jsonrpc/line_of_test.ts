import assert from "node:assert/strict";
import { lineOf } from "../../../src/bridge/jsonrpc/line_of.ts";
import { type Message, scanMessage } from "../../../src/bridge/jsonrpc/scan_message.ts";

function line(text: string, id?: string) {
  const message = scanMessage(new TextEncoder().encode(text));
  assert(message.kind === "response");
  return new TextDecoder().decode(lineOf(message, id));
}

Deno.test("line breaks between tokens become spaces, all else stays", () => {
  assert.equal(
    line(`{\r\n"jsonrpc":"2.0",\n"id": 1,\t"result":"\\r\\n"}`),
    `{  "jsonrpc":"2.0", "id": 1,\t"result":"\\r\\n"}`,
  );
});

Deno.test("the id is replaced where it stands, or put in front", () => {
  assert.equal(
    line(`{"jsonrpc":"2.0","result":{"id":1},"id":1}`, `"é"`),
    `{"jsonrpc":"2.0","result":{"id":1},"id":"é"}`,
  );
  assert.equal(
    line(`{"jsonrpc":"2.0","id":null,"error":{}}`, "7"),
    `{"jsonrpc":"2.0","id":7,"error":{}}`,
  );
  assert.equal(line(`{"jsonrpc":"2.0","error":{}}`, "7"), `{"id":7,"jsonrpc":"2.0","error":{}}`);
});

Deno.test("what is one line already is the message itself, another one is not touched", () => {
  const message = (text: string) => scanMessage(new TextEncoder().encode(text)) as Message;
  const plain = message('{"jsonrpc":"2.0","id":1,"result":{}}');
  assert.equal(lineOf(plain), plain.bytes);
  assert.equal(lineOf(plain, "1"), plain.bytes);
  for (const breaks of ["\n", "\r", "\n\n\n", "\r\r", "\r\n\r\n"]) {
    const broken = message(`{${breaks}"jsonrpc":"2.0","id":1,"result":{}${breaks}}`);
    const before = broken.bytes.slice();
    const spaces = " ".repeat(breaks.length);
    assert.equal(
      new TextDecoder().decode(lineOf(broken)),
      `{${spaces}"jsonrpc":"2.0","id":1,"result":{}${spaces}}`,
    );
    assert.deepEqual(broken.bytes, before);
  }
});
