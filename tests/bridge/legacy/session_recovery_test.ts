import assert from "node:assert/strict";
import { createSession } from "../../../src/bridge/legacy/session.ts";
import {
  createSessionRecovery,
  type RefusedMessage,
  type RestoreOptions,
} from "../../../src/bridge/legacy/session_recovery.ts";
import { FakeTime } from "../../credentials/fake_time.ts";
import { type Answer, createParts } from "../bridge_parts.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const refusal = (status: number, body = "no session") => ({ status, body: bytes(body) });

/** A recovery at a backend that answers a ping like this, and begins a session again or does not. */
function open(
  ping: Answer | number,
  { begins = true, ...more }: Partial<RefusedMessage> & { begins?: boolean } = {},
) {
  const parts = createParts(
    typeof ping === "number" ? () => new Response("no session", { status: ping }) : ping,
  );
  const restored: RestoreOptions[] = [];
  const recovery = createSessionRecovery({
    context: parts.context,
    restore(lost, options) {
      assert.equal(lost, message.session);
      restored.push(options);
      return begins ? Promise.resolve() : Promise.reject(new Error("no session is begun"));
    },
  });
  const session = createSession();
  session.id = "abc";
  const message: RefusedMessage = {
    session,
    purpose: "client",
    isAwaited: true,
    isRepeatable: false,
    isSecond: false,
    ...more,
  };
  return {
    ...parts,
    recovery,
    message,
    session,
    restored: () =>
      restored.map(({ purpose, isAwaited, isTrial, isDoubtful }) => ({
        purpose,
        isAwaited,
        ...(isTrial === undefined ? {} : { isTrial }),
        ...(isDoubtful === undefined ? {} : { isDoubtful }),
      })),
  };
}

const alive: Answer = () => new Response(null, { status: 202 });

Deno.test("a refusal that a ping gets, too, begins the session again", async () => {
  const rows: [status: number, more: Partial<RefusedMessage>, outcome: string, isTrial: boolean][] =
    [
      [400, {}, "send again", false],
      [400, { isRepeatable: true }, "send again", false],
      [404, {}, "send again", false],
      [500, {}, "perhaps carried out", true],
      [500, { isRepeatable: true }, "send again", true],
      [408, {}, "perhaps carried out", true],
      [399, {}, "pass on", true],
      [399, { isRepeatable: true }, "send again", true],
    ];
  for (const [status, more, outcome, isTrial] of rows) {
    const { recovery, message, restored, sent } = open(status, more);
    const row = `${status} ${JSON.stringify(more)}`;
    assert.equal(await recovery.after(refusal(status), message), outcome, row);
    assert.deepEqual(restored(), [{ purpose: "client", isAwaited: true, isTrial }], row);
    assert.equal(sent.length, 1);
  }
});

Deno.test("a session that was begun for this message and is lost, too, is lost again", async () => {
  const { recovery, message, restored } = open(400, { isSecond: true });
  assert.equal(await recovery.after(refusal(400), message), "lost again");
  assert.deepEqual(restored(), []);
});

Deno.test("a session that cannot be begun again fails, or is kept where that was a trial", async () => {
  const failing = open(400, { begins: false });
  await assert.rejects(failing.recovery.after(refusal(400), failing.message), {
    message: "no session is begun",
  });
  const trial = open(500, { begins: false, isRepeatable: true });
  assert.equal(await trial.recovery.after(refusal(500), trial.message), "pass on");
});

Deno.test("what cannot be about the session is passed on unasked", async () => {
  for (const status of [405, 413, 429]) {
    const { recovery, message, sent } = open(status);
    assert.equal(await recovery.after(refusal(status), message), "pass on");
    assert.equal(sent.length, 0, `${status}`);
  }
  const { recovery, message, session, sent } = open(400);
  session.id = undefined;
  assert.equal(await recovery.after(refusal(400), message), "pass on");
  assert.equal(sent.length, 0);
});

Deno.test("what is about the message is passed on", async () => {
  for (const status of [400, 500, 200]) {
    const { recovery, message, restored, sent } = open(alive);
    assert.equal(await recovery.after(refusal(status), message), "pass on");
    assert.deepEqual([restored(), sent.length], [[], 1]);
  }
});

Deno.test("a session that is gone since is begun again on the side", async () => {
  for (const begins of [true, false]) {
    const { recovery, message, restored } = open(404, { begins, isAwaited: false });
    assert.equal(await recovery.after(refusal(400), message), "pass on");
    assert.deepEqual(restored(), [{ purpose: "client", isAwaited: false, isTrial: true }]);
    await Promise.resolve();
  }
});

Deno.test("a 404 begins the session again though it knows a ping, once", async () => {
  const first = open(alive);
  assert.equal(await first.recovery.after(refusal(404), first.message), "pass on");
  assert.deepEqual(first.restored(), [{ purpose: "client", isAwaited: true, isDoubtful: true }]);
  const repeatable = { ...first.message, isRepeatable: true };
  assert.equal(await first.recovery.after(refusal(404), repeatable), "send again");
  // In a session that was begun for that reason it is about the message, and so from then on.
  first.session.isDoubtful = true;
  assert.equal(await first.recovery.after(refusal(404), repeatable), "pass on");
  first.session.isDoubtful = false;
  assert.equal(await first.recovery.after(refusal(404), repeatable), "pass on");
  assert.equal(first.restored().length, 2);
});

Deno.test("a 404 fails with what keeps the session from being begun again", async () => {
  const { recovery, message } = open(alive, { begins: false });
  await assert.rejects(recovery.after(refusal(404), message), { message: "no session is begun" });
});

Deno.test("a session that was silent may be asked once more whether it is alive", async () => {
  using time = new FakeTime();
  const { recovery, session } = open((_, count) =>
    count === 1 ? new Promise<Response>(() => {}) : new Response(null, { status: 202 })
  );
  const first = recovery.isAlive(session);
  await time.pass(10_000);
  assert.equal(await first, false);
  assert.equal(await recovery.isAlive(session), true);
});

Deno.test("a 404 to a message that was sent again, or that nobody waits for, is passed on", async () => {
  for (const more of [{ isSecond: true }, { isAwaited: false }]) {
    const { recovery, message, restored } = open(alive, more);
    assert.equal(await recovery.after(refusal(404), message), "pass on");
    assert.deepEqual(restored(), []);
    const next = { ...message, isSecond: false, isAwaited: true, isRepeatable: true };
    assert.equal(
      await recovery.after(refusal(404), next),
      more.isSecond ? "pass on" : "send again",
      "a response that nobody waits for says nothing of the backend",
    );
  }
});

Deno.test("a session is alive when it knows a ping", async () => {
  for (const [ping, isAlive] of [[alive, true], [504, false], [404, false]] as const) {
    const { recovery, session } = open(ping);
    assert.equal(await recovery.isAlive(session), isAlive);
  }
});

Deno.test("the session was refused, and not the token, when a new one is granted with it", async () => {
  const rows: [ping: Answer | number, setUp: (it: ReturnType<typeof open>) => void, boolean][] = [
    [401, () => {}, true],
    [alive, () => {}, false],
    [401, ({ session }) => session.hasTaken = false, false],
    [401, ({ session }) => session.id = undefined, false],
    [401, ({ message }) => message.isSecond = true, false],
  ];
  for (const [ping, setUp, isRefused] of rows) {
    const it = open(ping);
    it.session.hasTaken = true;
    setUp(it);
    assert.equal(await it.recovery.isSessionRefused(refusal(401), it.message), isRefused);
    assert.deepEqual(
      it.restored(),
      isRefused ? [{ purpose: "client", isAwaited: true, isTrial: true }] : [],
    );
  }
  const failing = open(401, { begins: false });
  failing.session.hasTaken = true;
  assert.equal(await failing.recovery.isSessionRefused(refusal(401), failing.message), false);
});
