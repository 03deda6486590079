import assert from "node:assert/strict";
import { createBackendRequests } from "../../src/bridge/backend_requests.ts";
import { messageOf } from "./bridge_parts.ts";

const request = (id: unknown) => messageOf({ id, method: "ping" });
const response = (id: unknown) => messageOf({ id, result: {} });
const maxOpen = 1024;

Deno.test("a response is one to what was asked, or to what was never known", () => {
  const requests = createBackendRequests();
  requests.open(request(1));
  assert.equal(requests.isExpected(response(1)), true);
  assert.equal(requests.isExpected(response(1)), true, "nobody knows what became of it");
  assert.equal(requests.isExpected(response("other")), true);
  assert.deepEqual(requests.abandon(), [], "what was answered is not given up");
});

Deno.test("a response to what was asked by one who is gone is not expected, once", () => {
  const requests = createBackendRequests();
  requests.open(messageOf('{"jsonrpc":"2.0","id":1.0,"method":"ping"}'));
  requests.open(request("b"));
  requests.open(request(3));
  requests.cancel("3.0");
  assert.deepEqual(requests.abandon(), ["1.0", '"b"']);
  assert.deepEqual(requests.abandon(), []);
  assert.equal(requests.isExpected(response(1)), false);
  assert.equal(requests.isExpected(response(1)), true);
  assert.equal(requests.isExpected(response("b")), false);
  assert.equal(requests.isExpected(response(3)), true, "it had been taken back");
});

Deno.test("an id that is used again after a restart is answered again", () => {
  const requests = createBackendRequests();
  requests.open(request(1));
  requests.abandon();
  requests.open(request(1));
  assert.equal(requests.isExpected(response(1)), true);
  assert.equal(requests.isExpected(response(1)), true);
});

Deno.test("as many are kept as a client may leave unanswered, the latest", () => {
  const requests = createBackendRequests();
  for (let id = 0; id < maxOpen; id++) requests.open(request(id));
  const ids = [...Array(maxOpen).keys()].map(String);
  assert.deepEqual(requests.abandon(), ids);
  for (let id = 0; id <= maxOpen; id++) requests.open(request(id));
  assert.deepEqual(requests.abandon(), [...ids.slice(1), String(maxOpen)]);
});

Deno.test("as many of those who are gone are remembered, the latest", () => {
  const requests = createBackendRequests();
  requests.open(request("first"));
  requests.open(request("second"));
  requests.abandon();
  for (let id = 1; id < maxOpen; id++) requests.open(request(id));
  requests.abandon();
  assert.equal(requests.isExpected(response("first")), true, "forgotten");
  assert.equal(requests.isExpected(response("second")), false);
  assert.equal(requests.isExpected(response(1)), false);
  assert.equal(requests.isExpected(response(maxOpen - 1)), false);
});
