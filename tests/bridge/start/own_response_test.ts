import assert from "node:assert/strict";
import { ownResponse } from "../../../src/bridge/start/own_response.ts";
import { bytes, message, request, text } from "../message.ts";

Deno.test("a response of ours has the id of the request as it was written", () => {
  const asked = message(`{"jsonrpc":"2.0","id":7.0,"method":"m"}`);
  const written = ownResponse(asked, bytes(`{"n":1.0}`));
  assert.equal(text(written), `{"jsonrpc":"2.0","id":7.0,"result":{"n":1.0}}`);
  assert.deepEqual(written, message(text(written)));
  assert.equal(
    text(ownResponse(request("m", {}, "a"), { a: [1] })),
    `{"jsonrpc":"2.0","id":"a","result":{"a":[1]}}`,
  );
});

Deno.test("what is no JSON is no response", () => {
  assert.throws(
    () => ownResponse(request("m"), bytes("{")),
    /^Error: a result that is no JSON was remembered$/,
  );
});
