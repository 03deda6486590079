import assert from "node:assert/strict";
import { ProxyError } from "../../../src/base/errors.ts";
import {
  createOwnExchange,
  type Exchange,
  requestCancelled,
} from "../../../src/bridge/exchange.ts";
import { ask } from "../../../src/bridge/translation/ask.ts";
import { within } from "../../support/within.ts";
import { request, response, text } from "../message.ts";

const outerExchange = () => createOwnExchange(request("tools/call"), "client");
const reasonOf = (promise: Promise<unknown>) =>
  within(promise, { what: "an answer" }).then(
    () => "answered",
    (error) => error instanceof ProxyError ? error.reason : String(error),
  );

Deno.test("the answer is given as soon as it is there, whatever comes of the rest", async () => {
  for (const end of ["waits", "fails"]) {
    let sent: Exchange | undefined;
    const answer = ask(request("inner", {}, "i"), {
      outer: outerExchange(),
      async send(exchange) {
        sent = exchange;
        await Promise.resolve();
        exchange.answer(response({ a: 1 }));
        if (end === "fails") throw new Error("behind the answer");
        await new Promise(() => {});
      },
    });
    assert.equal(text(await answer), text(response({ a: 1 })));
    assert.equal(sent?.request.method, "inner");
    assert.equal(sent?.purpose, "client");
  }
});

for (
  const [what, send, reason] of [
    ["fails", () => Promise.reject(new Error("down")), "Error: down"],
    ["ends without an answer", () => Promise.resolve(), "no_answer"],
    ["ends with a failure", (exchange: Exchange) => {
      exchange.fail(requestCancelled());
      return Promise.resolve();
    }, "cancelled"],
    ["is given up while it is under way", (exchange: Exchange) => {
      exchange.abort(requestCancelled());
      return new Promise<void>(() => {});
    }, "cancelled"],
  ] as const
) {
  Deno.test(`a request that ${what} has no answer`, async () => {
    assert.equal(await reasonOf(ask(request("inner"), { outer: outerExchange(), send })), reason);
  });
}

Deno.test("it says how the backend answered", async () => {
  const asked = ask(request("inner"), { outer: outerExchange(), send: () => Promise.resolve() });
  await assert.rejects(asked, /the backend answered the request with nothing/);
});

Deno.test("what ends the request that it is asked for ends it, too", async () => {
  const outer = outerExchange();
  let inner: Exchange | undefined;
  const asked = ask(request("inner"), {
    outer,
    send(exchange) {
      inner = exchange;
      return new Promise<void>(() => {});
    },
  });
  outer.abort(requestCancelled());
  assert.equal(await reasonOf(asked), "cancelled");
  assert.equal(inner?.signal.aborted, true);
});
