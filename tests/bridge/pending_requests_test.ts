import assert from "node:assert/strict";
import { ProxyError } from "../../src/base/errors.ts";
import { createPendingRequests } from "../../src/bridge/pending_requests.ts";
import { messageOf, textOf } from "./bridge_parts.ts";

const failure = (reason: string) =>
  new ProxyError({ category: "Backend error", what: "it is broken", fix: "mend it", reason });
const request = (id: unknown, method = "tools/list") => messageOf({ id, method });
const result = messageOf({ id: 1, result: {} });

function open() {
  const lines: string[] = [];
  const pending = createPendingRequests((line) => lines.push(textOf(line)));
  const isIdle = async () => {
    let isIdle = false;
    pending.idle().then(() => isIdle = true);
    await Promise.resolve();
    return isIdle;
  };
  return { pending, lines, isIdle };
}

Deno.test("a request is found by its id, however that is written, until it is answered", () => {
  const { pending, lines } = open();
  const one = pending.open(messageOf('{"jsonrpc":"2.0","id":1.0,"method":"a"}'));
  const text = pending.open(request("1"));
  assert.equal(pending.size, 2);
  assert.equal(pending.find("1"), one);
  assert.equal(pending.find("1e0"), one);
  assert.equal(pending.find('"1"'), text);
  assert.equal(pending.find("2"), undefined);
  one.answer(result);
  assert.equal(pending.find("1"), undefined);
  assert.equal(pending.size, 1);
  assert.deepEqual(lines, ['{"jsonrpc":"2.0","id":1.0,"result":{}}']);
});

Deno.test("an id of the same text is similar, if there is but one", () => {
  const { pending } = open();
  const one = pending.open(request(1));
  assert.equal(pending.findSimilar('"1"'), one);
  assert.equal(pending.findSimilar('"2"'), undefined);
  const text = pending.open(request("1"));
  assert.equal(pending.findSimilar('"1"'), undefined);
  one.answer(result);
  assert.equal(pending.findSimilar("1"), text);
});

Deno.test("an id that is used twice has two answers, and means the second one", () => {
  const { pending, lines } = open();
  const first = pending.open(request(1));
  const second = pending.open(request(1));
  assert.equal(pending.size, 2);
  first.answer(result);
  assert.equal(pending.find("1"), second);
  second.answer(result);
  assert.equal(pending.find("1"), undefined);
  assert.equal(lines.length, 2);
  assert.equal(pending.size, 0);
});

Deno.test("those wait that have not gone out", () => {
  const { pending } = open();
  const [one, two, three] = [1, 2, 3].map((id) => pending.open(request(id)));
  two!.sentAt = 5;
  assert.deepEqual(pending.waiting(), [one, three]);
  one!.answer(result);
  assert.deepEqual(pending.waiting(), [three]);
});

Deno.test("it is idle when all is answered but what may never be", async () => {
  const { pending, isIdle } = open();
  assert.equal(await isIdle(), true);
  const endless = pending.open(request(1, "subscriptions/listen"));
  assert.equal(await isIdle(), true);
  const [two, three] = [2, 3].map((id) => pending.open(request(id)));
  const idle: string[] = [];
  for (const name of ["first", "second"]) pending.idle().then(() => idle.push(name));
  two!.answer(result);
  await Promise.resolve();
  assert.deepEqual(idle, []);
  endless.answer(result);
  await Promise.resolve();
  assert.deepEqual(idle, [], "nobody waited for that one");
  three!.fail(failure("broken"));
  await Promise.resolve();
  assert.deepEqual(idle, ["first", "second"]);
  assert.equal(await isIdle(), true);
  assert.equal(pending.size, 0);
  pending.open(request(4));
  assert.equal(await isIdle(), false);
});

Deno.test("all is aborted that is still being done, each with what it failed with", () => {
  const { pending, lines } = open();
  const shared = failure("shared");
  const own = failure("own");
  const exchanges = ["done", "answered", "never sent", "begins", "failed", "sent"].map((id) =>
    pending.open(request(id))
  );
  const [done, answered, , begins, failed, sent] = exchanges;
  for (const exchange of [done!, answered!]) exchange.answer(result);
  pending.done(done!);
  begins!.lastFailure = shared;
  failed!.lastFailure = own;
  failed!.sentAt = 5;
  sent!.sentAt = 5;
  const asked: unknown[] = [];
  lines.length = 0;
  pending.abort(({ request: { id } }, failure) => {
    asked.push([id, failure?.reason]);
    return failure ?? own;
  });
  assert.deepEqual(asked, [
    ['"answered"', "shared"],
    ['"never sent"', "shared"],
    ['"begins"', "shared"],
    ['"failed"', "own"],
    ['"sent"', undefined],
  ]);
  assert.deepEqual(exchanges.map(({ signal }) => signal.aborted), [
    false,
    true,
    true,
    true,
    true,
    true,
  ]);
  assert.equal(lines.length, 4, "what was answered is not answered again");
});

Deno.test("a failure of what is under way is not shared", () => {
  const { pending } = open();
  const [one, two] = [1, 2].map((id) => pending.open(request(id)));
  one!.lastFailure = failure("own");
  one!.sentAt = 5;
  const asked: unknown[] = [];
  pending.abort((_, shared) => {
    asked.push(shared?.reason);
    return failure("over");
  });
  assert.deepEqual(asked, ["own", undefined]);
  assert.equal(two!.signal.aborted, true);
});
