import assert from "node:assert/strict";
import { ProxyError } from "../../src/base/errors.ts";
import { postOneWay } from "../../src/bridge/post_one_way.ts";
import { FakeTime } from "../credentials/fake_time.ts";
import { type Answer, createParts, messageOf, textOf } from "./bridge_parts.ts";

const note = messageOf({ method: "notifications/a" });
const response = messageOf({ id: 1, result: {} });
const headers = { "content-type": "application/json" };

function post(
  answer: Answer,
  { message = note, url, retryWindow = 0, acceptTimeout = 1_000 }: {
    message?: typeof note;
    url?: URL;
    retryWindow?: number;
    acceptTimeout?: number;
  } = {},
) {
  const parts = createParts(answer, { retryWindow, acceptTimeout });
  let leaves = 0;
  const done = postOneWay(message, {
    context: parts.context,
    url,
    headers,
    onSend: () => void leaves++,
  });
  return { ...parts, done, leaves: () => leaves };
}

const status = (status: number, init: ResponseInit = {}) => () =>
  new Response(null, { status, ...init });

Deno.test("a message is posted as it is, and what is answered is let go of", async () => {
  let isCancelled = false;
  const url = new URL("https://backend.test/messages");
  const { done, sent, logged, leaves } = post(
    () => new Response(new ReadableStream({ cancel: () => void (isCancelled = true) })),
    { url },
  );
  await done;
  const [{ method, url: to, headers: fields, body, purpose }] = sent as [typeof sent[number]];
  assert.deepEqual({ method, to, fields, body: textOf(body!), purpose }, {
    method: "POST",
    to: url,
    fields: headers,
    body: textOf(note.bytes),
    purpose: "client",
  });
  assert.equal(isCancelled, true);
  assert.deepEqual([logged, leaves()], [[], 1]);
  const empty = post(status(202));
  await empty.done;
  assert.deepEqual(empty.logged, []);
});

Deno.test("one that is not taken is dropped with a warning that names it", async () => {
  for (const [message, name] of [[note, "notifications/a"], [response, "a response"]] as const) {
    const { done, sent, logged } = post(
      () =>
        new Response("no such place", { status: 404, headers: { "content-type": "text/plain" } }),
      { message },
    );
    await done;
    assert.equal(sent.length, 1);
    assert.deepEqual(logged, [
      `warn: ${name} did not reach the backend: Backend error: the backend answered HTTP 404: no ` +
      "such place. Fix: check that MCP_BACKEND_URL is the backend's MCP endpoint, with its path.",
    ]);
  }
});

Deno.test("what a busy backend turned away is sent again, within the window", async () => {
  const busy = { headers: { "retry-after": "0" } };
  const retried = post(
    (_, count) => count === 1 ? status(503, busy)() : new Response(null, { status: 202 }),
    { retryWindow: 5_000 },
  );
  await retried.done;
  assert.deepEqual([retried.sent.length, retried.leaves(), retried.logged], [2, 2, []]);
  const given = post(status(503, busy));
  await given.done;
  assert.equal(given.sent.length, 1);
  assert.equal(given.logged.length, 1);
});

Deno.test("one that is not taken in time is dropped; a person may take longer", async () => {
  using time = new FakeTime();
  const { done, sent, logged } = post(() => new Promise<Response>(() => {}));
  await time.pass(999);
  assert.deepEqual(logged, []);
  sent[0]!.onRefusal!();
  await time.pass(10_000);
  assert.deepEqual(logged, []);
  sent[0]!.onSend!();
  await time.pass(1_000);
  await done;
  assert.match(logged.join(), /did not accept a message within 1 s/);
});

Deno.test("a message that is taken is waited for no more", async () => {
  using time = new FakeTime();
  await post(status(202)).done;
  assert.equal(time.isAwaited, false);
});

Deno.test("with the bridge it ends without a word", async () => {
  const { done, stop, logged } = post(() => new Promise<Response>(() => {}));
  stop.abort(
    new ProxyError({ category: "System error", what: "over", fix: "none", reason: "over" }),
  );
  await done;
  assert.deepEqual(logged, []);
});

Deno.test("what is known of the backend is in the warning", async () => {
  const parts = createParts(status(404));
  const http = { ...parts.context.http, known: { isAddressGood: true, authorizationBytes: 1 } };
  await postOneWay(note, { context: { ...parts.context, http }, headers, onSend() {} });
  assert.match(parts.logged.join(), /Fix: look at the backend's log, or ask its operator/);
});

Deno.test("no more of a refusal is read than a message may have", async () => {
  const parts = createParts(
    () => new Response("abcdefgh", { status: 404, headers: { "content-type": "text/plain" } }),
    { maxMessageBytes: 3 },
  );
  await postOneWay(note, { context: parts.context, headers, onSend() {} });
  assert.match(parts.logged.join(), /HTTP 404: abc\. Fix/);
});
