import assert from "node:assert/strict";
import { scanMessage } from "../../../src/bridge/jsonrpc/scan_message.ts";
import { seededRandom } from "../seeded_random.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const scan = (text: string) => scanMessage(bytes(text));

/** What JSON.parse and the rules of JSON-RPC make of a text. */
function expected(text: string): string {
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    return "not JSON";
  }
  if (Array.isArray(value)) return value.length === 0 ? "not a message" : "batch";
  if (typeof value !== "object" || value === null || value.jsonrpc !== "2.0") {
    return "not a message";
  }
  const goodId = typeof value.id === "string" || typeof value.id === "number";
  if (typeof value.method === "string") {
    if (!("id" in value)) return "notification";
    return goodId ? "request" : "not a message";
  }
  if ("error" in value) {
    return goodId || value.id === null || !("id" in value) ? "response" : "not a message";
  }
  return "result" in value && goodId ? "response" : "not a message";
}

const members = [
  '"jsonrpc":"2.0"',
  '"jsonrpc" : "2.0"',
  '"id":1',
  '"id":"a"',
  '"id":null',
  '"method":"ping"',
  '"m\\u0065thod":"ping"',
  '"result":{}',
  '"error":{"code":1}',
  '"params":{"_meta":{"a":[]}}',
  '"params":[]',
];

const pieces = [
  ...members,
  ...'{}[]:,"\\ \t\n\r0123456789.-+eEuabfnrt/',
  "true",
  "false",
  "null",
  "{}",
  "[]",
  "1",
  "-0.5e-7",
  '"2.0"',
  "\\u00e9",
  "é",
  "\u2028",
  "\x01",
];

Deno.test("agrees with JSON.parse on random texts", () => {
  const kinds: Record<string, number> = {};
  for (let seed = 0; seed < 60_000; seed++) {
    const random = seededRandom(seed);
    // Members of an object, so that many are messages; or anything at all.
    const [from, open, comma, close] = random.pick([[members, "{", ",", "}"], [
      pieces,
      "",
      "",
      "",
    ]]);
    const parts = Array.from({ length: 1 + random.below(8) }, () => random.pick(from));
    const text = open + parts.join(comma) + close;
    const { kind } = scan(text);
    assert.equal(kind, expected(text), JSON.stringify({ seed, text }));
    kinds[kind] = (kinds[kind] ?? 0) + 1;
  }
  for (const kind of ["request", "notification", "response", "not a message", "not JSON"]) {
    assert(kinds[kind] > 50, `${kind} came up only ${kinds[kind]} times`);
  }
});

Deno.test("agrees with JSON.parse on every single change of a message", () => {
  const text =
    `{"jsonrpc":"2.0","id":-1.5e+3,"method":"a\\u00e9\\n","params":{"_meta":{"k":[true,null]},"name":"x"}}`;
  for (let at = 0; at <= text.length; at++) {
    for (const piece of ["", ...pieces]) {
      for (
        const changed of [
          text.slice(0, at) + piece + text.slice(at),
          text.slice(0, at) + piece + text.slice(at + 1),
        ]
      ) {
        assert.equal(scan(changed).kind, expected(changed), changed);
      }
    }
  }
});

Deno.test("gives what routing needs, as it was written", () => {
  const text =
    ` {"params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"},"uri":"a:é",` +
    `"requestId":1.0},"id":12345678901234567890,"method":"resources/re\\u0061d","jsonrpc":"2.0"}`;
  const message = scan(text);
  assert(message.kind === "request");
  assert.equal(message.method, "resources/read");
  assert.equal(message.id, "12345678901234567890");
  assert.equal(message.protocolVersion, "2026-07-28");
  assert.equal(message.uri, "a:é");
  assert.equal(message.requestId, "1.0");
  assert.equal(
    new TextDecoder().decode(message.bytes.subarray(message.idStart)).slice(0, 5),
    "12345",
  );
});

Deno.test("of a member that comes twice the last one counts, as in JSON.parse", () => {
  const message = scan(`{"jsonrpc":"2.0","id":1,"method":"a","method":"b","id":2}`);
  assert(message.kind === "request");
  assert.equal(message.method, "b");
  assert.equal(message.id, "2");
});

Deno.test("an error that is null beside a result is none", () => {
  for (const members of [`"error":null,"result":{"a":1}`, `"result":{"a":1},"error":null`]) {
    const message = scan(`{"jsonrpc":"2.0","id":1,${members}}`);
    assert(message.kind === "response");
    assert.equal(message.isError, false);
    const { bytes, bodyStart, bodyEnd } = message;
    assert.equal(new TextDecoder().decode(bytes.subarray(bodyStart, bodyEnd)), `{"a":1}`);
  }
});

Deno.test("any depth is scanned", () => {
  const depth = 200_000;
  const deep = `{"jsonrpc":"2.0","id":1,"result":${"[".repeat(depth)}${"]".repeat(depth)}}`;
  assert.equal(scan(deep).kind, "response");
  assert.equal(scan(deep.slice(0, -2)).kind, "not JSON");
});

Deno.test("what is told of each kind of message", () => {
  const none = {
    protocolVersion: undefined,
    name: undefined,
    uri: undefined,
    taskId: undefined,
    requestId: undefined,
  };
  const shown = (text: string) => {
    const { bytes: data, ...rest } = scan(text) as { bytes: Uint8Array };
    assert.equal(new TextDecoder().decode(data), text);
    return rest;
  };
  assert.deepEqual(shown('{"jsonrpc":"2.0","id":7,"method":"a"}'), {
    kind: "request",
    method: "a",
    id: "7",
    idStart: 22,
    bodyStart: -1,
    bodyEnd: -1,
    isError: false,
    ...none,
  });
  assert.deepEqual(shown('{"jsonrpc":"2.0","method":"a","params":[1]}'), {
    kind: "notification",
    method: "a",
    id: "",
    idStart: -1,
    bodyStart: 39,
    bodyEnd: 42,
    isError: false,
    ...none,
  });
  assert.deepEqual(
    shown(
      '{"jsonrpc":"2.0","method":"","params":{"name":"n","uri":"u","taskId":"t","requestId":"r"}}',
    ),
    {
      kind: "notification",
      method: "",
      id: "",
      idStart: -1,
      bodyStart: 38,
      bodyEnd: 89,
      isError: false,
      protocolVersion: undefined,
      name: "n",
      uri: "u",
      taskId: "t",
      requestId: '"r"',
    },
  );
  assert.deepEqual(shown('{"jsonrpc":"2.0","id":"x","result":{}}'), {
    kind: "response",
    method: "",
    id: '"x"',
    idStart: 22,
    bodyStart: 35,
    bodyEnd: 37,
    isError: false,
    ...none,
  });
  assert.deepEqual(shown('{"jsonrpc":"2.0","error":{},"result":1}'), {
    kind: "response",
    method: "",
    id: "null",
    idStart: -1,
    bodyStart: 25,
    bodyEnd: 27,
    isError: true,
    ...none,
  });
});

Deno.test("ids are strings and numbers; only an error has none, or null", () => {
  const kindOf = (members: string) => scan(`{"jsonrpc":"2.0",${members}}`).kind;
  for (const id of ["0", "9", "-1", '""']) {
    assert.equal(kindOf(`"id":${id},"method":"a"`), "request", id);
    assert.equal(kindOf(`"id":${id},"result":1`), "response", id);
    assert.equal(kindOf(`"id":${id},"error":1`), "response", id);
  }
  for (const id of ["null", "true", "false", "{}", "[]"]) {
    assert.equal(kindOf(`"id":${id},"method":"a"`), "not a message", id);
    assert.equal(kindOf(`"id":${id},"result":1`), "not a message", id);
    assert.equal(
      kindOf(`"id":${id},"error":1`),
      id === "null" ? "response" : "not a message",
      id,
    );
  }
  assert.equal(kindOf('"result":1'), "not a message");
  assert.equal(kindOf('"id":1,"error":null'), "response", "there is nothing else");
  for (const method of ["7", "null", '{"a":"b"}']) {
    assert.equal(kindOf(`"method":${method}`), "not a message", method);
  }
});

Deno.test("what is no text, or not in the place, is not told", () => {
  const params = (text: string) => {
    const message = scan(`{"jsonrpc":"2.0","method":"a","params":${text}}`);
    assert(message.kind === "notification");
    const { protocolVersion, name, uri, taskId, requestId } = message;
    return [protocolVersion, name, uri, taskId, requestId];
  };
  const nothing = Array(5).fill(undefined);
  assert.deepEqual(params('{"name":1,"uri":null,"taskId":{}}'), nothing);
  assert.deepEqual(params('{"_meta":{"name":"n","uri":"u"}}'), nothing);
  assert.deepEqual(params('[{"name":"n"}]'), nothing);
  assert.deepEqual(params('{"other":{"name":"n"}}'), nothing);
  assert.deepEqual(params('{"_meta":"io.modelcontextprotocol/protocolVersion"}'), nothing);
  assert.deepEqual(
    params('{"_meta":{"io.modelcontextprotocol/protocolVersion":7}}'),
    nothing,
  );
  assert.deepEqual(params('{"requestId":[1]}'), [...nothing.slice(1), "[1]"]);
});

Deno.test("a batch has its elements, as they stand", () => {
  const elements = (text: string) => {
    const scanned = scan(text);
    assert(scanned.kind === "batch");
    return [...scanned.elements].map((each) => new TextDecoder().decode(each));
  };
  assert.deepEqual(elements(' [ {"a":1} , 2,[3] ] '), ['{"a":1}', "2", "[3]"]);
  for (const text of ["[]", " [ ] "]) assert.equal(scan(text).kind, "not a message");
  for (const text of ["[1", "[1] 2", "[1,]"]) assert.equal(scan(text).kind, "not JSON");
});

Deno.test("what was found out before is not looked at again", () => {
  const text = '{"jsonrpc":"2.0","method":"a","params":{"name":"n"}}';
  const known = scanMessage(bytes(text), new Map([[39, 51]]));
  assert("name" in known);
  assert.deepEqual([known.name, known.bodyStart, known.bodyEnd], [undefined, 39, 51]);
  const result = '{"jsonrpc":"2.0","id":1,"result":[x]}';
  assert.equal(scanMessage(bytes(result), new Map([[33, 36]])).kind, "response");
  assert.equal(scanMessage(bytes(result)).kind, "not JSON");
  const error = '{"jsonrpc":"2.0","id":1,"error":[x]}';
  assert.equal(scanMessage(bytes(error), new Map([[32, 35]])).kind, "response");
  const other = '{"jsonrpc":"2.0","method":"a","other":[x]}';
  assert.equal(scanMessage(bytes(other), new Map([[38, 41]])).kind, "notification");
  assert.equal(scanMessage(bytes("[[x]]"), new Map([[0, 5], [1, 4]])).kind, "batch");
});
