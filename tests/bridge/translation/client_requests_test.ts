import assert from "node:assert/strict";
import { ProxyError } from "../../../src/base/errors.ts";
import { createClientRequests } from "../../../src/bridge/translation/client_requests.ts";
import { bytes, errorResponse, response, text } from "../message.ts";

/** Requests to a client that keeps what it gets. */
function setUp() {
  const lines: string[] = [];
  return { lines, requests: createClientRequests((line) => void lines.push(text(line))) };
}

Deno.test("each request has an id of its own, and its own answer", async () => {
  const { lines, requests } = setUp();
  const { signal } = new AbortController();
  const one = requests.ask("roots/list", { params: undefined, signal });
  const other = requests.ask("sampling/createMessage", { params: bytes(`{"n":\n1.0}`), signal });
  assert.deepEqual(lines, [
    `{"jsonrpc":"2.0","id":"authful-mcp-proxy-ask-1","method":"roots/list"}`,
    `{"jsonrpc":"2.0","id":"authful-mcp-proxy-ask-2","method":"sampling/createMessage","params":{"n": 1.0}}`,
  ]);
  const answers = [
    response({ b: 1 }, "authful-mcp-proxy-ask-2"),
    errorResponse({ code: 1 }, "authful-mcp-proxy-ask-1"),
  ];
  for (const answer of answers) assert.equal(requests.take(answer), true);
  assert.equal(await other, answers[0]);
  assert.equal(await one, answers[1]);
  for (const answer of answers) assert.equal(requests.take(answer), false);
  assert.equal(requests.take(response({}, 1)), false);
  assert.equal(lines.length, 2, "nothing is taken back that was answered");
});

Deno.test("what nobody waits for any more is taken back, once", async () => {
  const { lines, requests } = setUp();
  const controller = new AbortController();
  const asked = requests.ask("roots/list", { params: undefined, signal: controller.signal });
  const reason = new Error("enough");
  controller.abort(reason);
  await assert.rejects(asked, reason);
  assert.deepEqual(lines.slice(1), [
    `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"authful-mcp-proxy-ask-1","reason":"the request that needs it has ended"}}`,
  ]);
  assert.equal(requests.take(response({}, "authful-mcp-proxy-ask-1")), false);
  await assert.rejects(
    requests.ask("roots/list", { params: undefined, signal: controller.signal }),
    reason,
  );
  assert.equal(lines.length, 2, "what is over from the beginning is not asked");
});

Deno.test("a client that begins another session is asked nothing of the one before", async () => {
  const { lines, requests } = setUp();
  const asked = ["a", "b"].map((method) =>
    requests.ask(method, { params: undefined, signal: new AbortController().signal })
  );
  requests.abandon();
  for (const each of asked) {
    await assert.rejects(each, (error) => {
      assert.ok(error instanceof ProxyError);
      assert.equal(error.reason, "session_over");
      assert.equal(
        error.message,
        "Backend error: the client began another session before it answered what the backend " +
          "asked. Fix: send the request again.",
      );
      return true;
    });
  }
  assert.equal(lines.length, 2, "nothing is taken back");
  assert.equal(requests.take(response({}, "authful-mcp-proxy-ask-1")), false);
});
