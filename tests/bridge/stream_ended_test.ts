import assert from "node:assert/strict";
import { noAnswer } from "../../src/bridge/no_answer.ts";
import { streamEnded } from "../../src/bridge/stream_ended.ts";

Deno.test("how a stream ended is told, and whether another attempt may help", () => {
  const ended = streamEnded("ended");
  assert.equal(
    ended.message,
    "Backend error: the backend ended its answer without a response to the request; the request " +
      "may have been carried out. Fix: check what was done before you try again.",
  );
  assert.deepEqual([ended.reason, ended.transient], ["stream_ended", false]);
  const broken = streamEnded("broken");
  assert.equal(
    broken.message,
    "Backend error: the connection broke while the backend was answering; the request may have " +
      "been carried out. Fix: check what was done before you try again.",
  );
  assert.deepEqual([broken.reason, broken.transient], ["connection_lost", true]);
});

Deno.test("of what only reads nothing needs to be checked", () => {
  for (
    const [ending, what] of [
      ["ended", "the backend ended its answer without a response to the request"],
      ["broken", "the connection broke while the backend was answering"],
    ] as const
  ) {
    for (const method of ["tools/list", "resources/read", "subscriptions/listen"]) {
      const error = streamEnded(ending, method);
      assert.equal(
        error.message,
        `Backend error: ${what}. Fix: send the request again, and look at the backend's log if ` +
          "it ends in the same way.",
      );
      assert.equal(error.reason, streamEnded(ending).reason);
      assert.equal(error.transient, streamEnded(ending).transient);
    }
    for (const method of ["tools/call", "x/y"]) {
      assert.equal(streamEnded(ending, method).message, streamEnded(ending).message);
    }
  }
});

Deno.test("how the backend answered is told", () => {
  const error = noAnswer("with a poem");
  assert.equal(
    error.message,
    "Backend error: the backend answered the request with a poem. Fix: check that " +
      "MCP_BACKEND_URL is the backend's MCP endpoint, and look at its log.",
  );
  assert.deepEqual([error.reason, error.transient, error.httpStatus], [
    "no_answer",
    false,
    undefined,
  ]);
});
