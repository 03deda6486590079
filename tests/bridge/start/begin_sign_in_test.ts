import assert from "node:assert/strict";
import { ProxyError } from "../../../src/base/errors.ts";
import { beginningText, beginSignIn } from "../../../src/bridge/start/begin_sign_in.ts";
import type { SignIn } from "../../../src/bridge/start/sign_in.ts";
import { signedInText, withoutInvitationText } from "../../../src/bridge/start/sign_in_tool.ts";

const backend = new URL("https://mcp.test/mcp");
const invitation = { url: "http://127.0.0.1:1/x", userCode: undefined, expiresAt: 1 };
const denied = new ProxyError({
  category: "Authentication error",
  what: "denied",
  fix: "ask again",
  reason: "access_denied",
});

/** Begins a sign-in that goes so. */
function begin(
  {
    sign = () => Promise.withResolvers<void>().promise,
    invite = () => Promise.withResolvers<never>().promise,
  }: {
    sign?: () => Promise<void>;
    invite?: () => Promise<typeof invitation | undefined>;
  },
) {
  const told: string[] = [];
  const signals: AbortSignal[] = [];
  const [waiting, stopping] = [new AbortController(), new AbortController()];
  const signIn = {
    begin(signal: AbortSignal) {
      signals[0] = signal;
      return sign();
    },
    invitation(signal: AbortSignal) {
      signals[1] = signal;
      return invite();
    },
  } as unknown as SignIn;
  const begun = beginSignIn({
    signIn,
    signal: waiting.signal,
    stop: stopping.signal,
    onSignedIn: () => void told.push("signed in"),
    onFailed: () => void told.push("failed"),
  });
  assert.deepEqual(signals, [stopping.signal, waiting.signal]);
  return { begun, told, waiting };
}

Deno.test("what is to be opened is known before the sign-in is over", async () => {
  for (const what of [invitation, undefined]) {
    const signing = Promise.withResolvers<void>();
    const { begun, told } = begin({
      sign: () => signing.promise,
      invite: () => Promise.resolve(what),
    });
    const { finished, ...rest } = await begun;
    assert.deepEqual(rest, {
      invitation: what,
      failure: undefined,
      isError: false,
      isDone: false,
    });
    assert.deepEqual(told, []);
    signing.resolve();
    assert.equal(await finished, undefined);
    assert.deepEqual(told, ["signed in"]);
    assert.equal(beginningText({ finished, ...rest }, backend), withoutInvitationText(backend));
  }
});

Deno.test("a sign-in that is done at once needs nothing to be opened", async () => {
  const { begun, told } = begin({ sign: () => Promise.resolve() });
  const { finished: _, ...rest } = await begun;
  assert.deepEqual(rest, {
    invitation: undefined,
    failure: undefined,
    isError: false,
    isDone: true,
  });
  assert.deepEqual(told, ["signed in"]);
  assert.equal(beginningText(await begun, backend), signedInText(backend));
});

Deno.test("a sign-in that fails says why", async () => {
  const { begun, told } = begin({ sign: () => Promise.reject(denied) });
  const { finished, ...rest } = await begun;
  assert.deepEqual(rest, { invitation: undefined, failure: denied, isError: true, isDone: false });
  assert.equal(await finished, denied);
  assert.deepEqual(told, ["failed"]);
  assert.equal(beginningText(await begun, backend), denied.message);
});

Deno.test("who does not wait any more waits for nothing to open, either", async () => {
  const { begun, waiting } = begin({});
  const reason = new Error("cancelled");
  waiting.abort(reason);
  await assert.rejects(begun, reason);
});
