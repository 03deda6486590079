import assert from "node:assert/strict";
import type { BridgeContext } from "../../../src/bridge/bridge_context.ts";
import { createSession } from "../../../src/bridge/legacy/session.ts";
import { createSessionCheck } from "../../../src/bridge/legacy/session_check.ts";
import { FakeTime } from "../../credentials/fake_time.ts";
import { jsonResponse } from "../bridge_fixture.ts";
import { type Answer, createParts, openBody, textOf } from "../bridge_parts.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const typed = (body: string, status: number, type = "text/plain") => () =>
  new Response(body, { status, headers: { "content-type": type } });
const error = (code: number, message = "no session") =>
  JSON.stringify({ jsonrpc: "2.0", id: 1, error: { code, message } });
const never: Answer = () => new Promise<Response>(() => {});

function open(answer: Answer, overrides: Partial<BridgeContext> = {}) {
  const parts = createParts(answer, overrides);
  const session = createSession();
  session.id = "abc";
  const check = createSessionCheck(parts.context);
  return {
    ...parts,
    session,
    check: (status: number, body: string, method = "tools/call") =>
      check(session, { status, body: bytes(body), method }),
  };
}

Deno.test("what a ping says of an answer", async () => {
  const rows: [ping: Answer, status: number, body: string, verdict: string][] = [
    [() => jsonResponse({ jsonrpc: "2.0", id: 1, result: {} }), 400, "no session", "alive"],
    [typed("", 202), 400, "no session", "alive"],
    [typed("anything", 299), 400, "no session", "alive"],
    [typed("data: x\n\n", 200, "text/event-stream"), 400, "no session", "alive"],
    [typed(error(-32601), 400, "application/json"), 400, "no session", "alive"],
    [typed("no session", 400), 400, "no session", "refused alike"],
    [typed("no session for ping", 400), 400, "no session for tools/call", "refused alike"],
    [typed("gone", 404), 404, "not here", "refused alike"],
    [typed("no such tool", 400), 400, "no session", "unknown"],
    [typed("gone", 404), 400, "no session", "gone since"],
    [typed(error(-32000), 200, "application/json"), 200, error(-32000), "refused alike"],
    [typed(error(-32000), 200, "application/json"), 200, error(-32602), "alive"],
    [typed(error(-32000), 200, "application/json"), 400, error(-32000), "alive"],
    [typed(error(-32601), 200, "application/json"), 200, error(-32601), "alive"],
    [typed("broken", 500), 400, "no session", "unknown"],
    [typed("moved", 300), 400, "no session", "unknown"],
    [() => Promise.reject(new Error("no route")), 400, "no session", "unknown"],
    [typed('{"jsonrpc":"2.0","id":1,"error":null}', 200), 400, "no session", "alive"],
  ];
  for (const [ping, status, body, verdict] of rows) {
    const { check, session } = open(ping);
    assert.equal(await check(status, body), verdict, `${status} ${body}`);
    assert.equal(session.id, "abc");
  }
});

Deno.test("the ping is one in the session, and asks for no token", async () => {
  const { check, sent } = open(typed("", 202));
  await check(400, "no");
  await check(400, "no");
  const [{ method, headers, purpose, isQuestion }] = sent as [typeof sent[number]];
  assert.deepEqual({ method, headers, purpose, isQuestion }, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "accept": "application/json, text/event-stream",
      "mcp-session-id": "abc",
    },
    purpose: "background",
    isQuestion: true,
  });
  assert.deepEqual(sent.map(({ body }) => textOf(body!)), [
    '{"jsonrpc":"2.0","id":"authful-mcp-proxy-check-1","method":"ping"}',
    '{"jsonrpc":"2.0","id":"authful-mcp-proxy-check-2","method":"ping"}',
  ]);
});

Deno.test("a stream that a ping opens is let go of", async () => {
  const { body, cancelled } = openBody();
  const { check } = open(() =>
    new Response(body, { headers: { "content-type": "text/event-stream" } })
  );
  assert.equal(await check(400, "no"), "alive");
  assert.equal(cancelled.length, 1);
});

Deno.test("no more than 1 MiB of an answer to a ping is read", async () => {
  for (const [length, verdict] of [[1 << 20, "alive"], [(1 << 20) + 1, "unknown"]] as const) {
    const { check } = open(typed("x".repeat(length), 200));
    assert.equal(await check(400, "no"), verdict);
  }
  const error = open(typed("x".repeat((1 << 20) + 10), 400));
  assert.equal(await error.check(400, "x".repeat(1 << 20)), "refused alike");
});

Deno.test("one ping serves all who ask at the same time, if the session is gone", async () => {
  const { check, sent } = open(typed("no session", 400));
  assert.deepEqual(
    await Promise.all([check(400, "no session"), check(400, "no session")]),
    ["refused alike", "refused alike"],
  );
  assert.equal(sent.length, 1);
});

Deno.test("one that was alive may have been lost since, so it is asked once more", async () => {
  const { check, sent } = open((_, count) =>
    count === 1 ? new Response(null, { status: 202 }) : new Response("no session", { status: 400 })
  );
  assert.deepEqual(
    await Promise.all([1, 2, 3].map(() => check(400, "no session"))),
    ["alive", "refused alike", "refused alike"],
  );
  assert.equal(sent.length, 2);
});

Deno.test("each session is asked for itself", async () => {
  const { context, sent } = createParts(() => new Response(null, { status: 202 }));
  const check = createSessionCheck(context);
  const [one, other] = [createSession(), createSession()];
  const answer = { status: 400, body: bytes("no") };
  await Promise.all([check(one, answer), check(other, answer)]);
  assert.equal(sent.length, 2);
});

Deno.test("a ping is waited for ten seconds, or as long as anything is", async () => {
  for (const [acceptTimeout, expected] of [[30_000, 10_000], [2_000, 2_000]] as const) {
    using time = new FakeTime();
    const { check } = open(never, { acceptTimeout });
    let verdict: string | undefined;
    check(400, "no").then((it) => verdict = it);
    await time.pass(expected - 1);
    assert.equal(verdict, undefined);
    await time.pass(1);
    assert.equal(verdict, "unknown");
  }
});

Deno.test("a session that was silent is not asked about errors in good answers for a minute", async () => {
  using time = new FakeTime();
  const { check, sent } = open(never);
  const ask = async (status: number) => {
    const before = sent.length;
    let verdict: string | undefined;
    check(status, "no").then((it) => verdict = it);
    await time.pass(0);
    const isAsked = sent.length > before;
    if (isAsked) await time.pass(10_000);
    assert.equal(verdict, "unknown");
    return isAsked;
  };
  assert.equal(await ask(200), true);
  assert.equal(await ask(200), false);
  assert.equal(await ask(399), false);
  assert.equal(await ask(400), true, "an HTTP error is rare, and asked about");
  await time.pass(59_999);
  assert.equal(await ask(200), false);
  await time.pass(1);
  assert.equal(await ask(200), true);
});

Deno.test("a ping that failed without being silent is sent again", async () => {
  const { check, sent } = open(() => Promise.reject(new Error("no route")));
  assert.equal(await check(200, "no"), "unknown");
  assert.equal(await check(200, "no"), "unknown");
  assert.equal(sent.length, 2);
});

Deno.test("with the bridge a ping ends, and none is sent behind that", async () => {
  const { check, stop, sent } = open(never);
  const asking = check(400, "no");
  await Promise.resolve();
  stop.abort(new Error("over"));
  assert.equal(await asking, "unknown");
  assert.equal(await check(400, "no"), "unknown");
  assert.equal(sent.length, 1);
});

Deno.test("a ping that is answered leaves nothing to wait for", async () => {
  using time = new FakeTime();
  const { check } = open(typed("", 202));
  await check(400, "no");
  assert.equal(time.isAwaited, false);
});
