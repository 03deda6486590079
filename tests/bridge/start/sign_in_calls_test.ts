import assert from "node:assert/strict";
import { ProxyError } from "../../../src/base/errors.ts";
import { nextTurn } from "../../../src/base/timer.ts";
import type { BridgeContext } from "../../../src/bridge/bridge_context.ts";
import { createExchange, requestCancelled } from "../../../src/bridge/exchange.ts";
import type { ClientParameters } from "../../../src/bridge/start/initialize_result.ts";
import type { SignIn } from "../../../src/bridge/start/sign_in.ts";
import { createSignInCalls } from "../../../src/bridge/start/sign_in_calls.ts";
import {
  elicitationText,
  invitationText,
  signedInText,
  withoutInvitationText,
} from "../../../src/bridge/start/sign_in_tool.ts";
import { FakeTime } from "../../credentials/fake_time.ts";
import { errorResponse, request, response, type Value, valueOf } from "../message.ts";

const backend = new URL("https://mcp.test:8443/mcp");
const eliciting = { protocolVersion: "2025-11-25", capabilities: { elicitation: { url: {} } } };
const denied = new ProxyError({
  category: "Authentication error",
  what: "denied",
  fix: "ask again",
  reason: "access_denied",
});

/** Calls of a client, and a sign-in that the test ends. */
function setUp(
  { client = eliciting, invitation = {}, isOver = false }: {
    client?: ClientParameters;
    /** What is to be opened; `null` for nothing. */
    invitation?: { userCode?: string } | null;
    /** The sign-in is over before there is anything to open. */
    isOver?: boolean;
  } = {},
) {
  const lines: Value[] = [];
  const told: string[] = [];
  const signing = Promise.withResolvers<void>();
  const stop = new AbortController();
  const shown = invitation &&
    { url: "http://127.0.0.1:1/x", expiresAt: Date.now() + 300_000, ...invitation };
  const calls = createSignInCalls({
    context: {
      url: backend,
      stop: stop.signal,
      toClient: (line: Uint8Array) => void lines.push(valueOf(line)),
    } as BridgeContext,
    signIn: {
      begin: () => signing.promise,
      invitation: () => isOver ? new Promise(() => {}) : Promise.resolve(shown ?? undefined),
    } as unknown as SignIn,
    client: () => client,
    onSignedIn: () => void told.push("signed in"),
    onFailed: () => void told.push("failed"),
  });
  const call = (id = 1) => {
    const exchange = createExchange(
      request("tools/call", { name: "sign_in" }, id),
      (line) => void lines.push(valueOf(line)),
    );
    return { exchange, called: calls.call(exchange) };
  };
  const invited = () => invitationText(shown!, { backend, now: Date.now() });
  return { lines, told, signing, stop, calls, call, invited };
}

const result = (text: string, isError = false, id = 1) => ({
  jsonrpc: "2.0",
  id,
  result: { content: [{ type: "text", text }], isError },
});

for (
  const [what, client] of [
    ["no elicitation", { protocolVersion: "2025-11-25", capabilities: {} }],
    ["forms alone", { protocolVersion: "2025-11-25", capabilities: { elicitation: { form: {} } } }],
    ["null for a mode", {
      protocolVersion: "2025-11-25",
      capabilities: { elicitation: { url: null } },
    }],
    ["text for a mode", {
      protocolVersion: "2025-11-25",
      capabilities: { elicitation: { url: "x" } },
    }],
    ["an older version", { ...eliciting, protocolVersion: "2025-06-18" }],
    ["no version", { ...eliciting, protocolVersion: undefined }],
  ] as [string, ClientParameters][]
) {
  Deno.test(`a client with ${what} is told what to open`, async () => {
    const it = setUp({ client });
    await it.call().called;
    assert.deepEqual(it.lines, [result(it.invited())]);
  });
}

Deno.test("what the sign-in came to is told where there is nothing to open", async () => {
  const waiting = setUp({ invitation: null });
  await waiting.call().called;
  assert.deepEqual(waiting.lines, [result(withoutInvitationText(backend))]);
  const done = setUp({ isOver: true });
  done.signing.resolve();
  await done.call().called;
  assert.deepEqual(done.lines, [result(signedInText(backend))]);
  assert.deepEqual(done.told, ["signed in"]);
  const failed = setUp({ isOver: true });
  failed.signing.reject(denied);
  await failed.call().called;
  assert.deepEqual(failed.lines, [result(denied.message, true)]);
  assert.deepEqual(failed.told, ["failed"]);
});

for (
  const [userCode, message] of [
    [undefined, "Sign in to mcp.test:8443"],
    ["AB-CD", "Sign in to mcp.test:8443 with the code AB-CD"],
  ]
) {
  Deno.test(`a client that opens URLs is asked: ${message}`, async () => {
    const it = setUp({ invitation: { userCode } });
    const { called } = it.call();
    await nextTurn();
    assert.deepEqual(it.lines, [{
      jsonrpc: "2.0",
      id: "authful-mcp-proxy-sign-in-1",
      method: "elicitation/create",
      params: {
        mode: "url",
        elicitationId: "authful-mcp-proxy-sign-in-1",
        url: "http://127.0.0.1:1/x",
        message,
      },
    }]);
    assert.equal(it.calls.takeResponse(response({}, "other")), false);
    const answer = response({ action: "accept" }, "authful-mcp-proxy-sign-in-1");
    assert.equal(it.calls.takeResponse(answer), true);
    await called;
    assert.deepEqual(it.lines[1], result(elicitationText({ action: "accept" }, backend)!));
    assert.equal(it.calls.takeResponse(answer), false, "nobody waits for it any more");
    it.signing.resolve();
    await nextTurn();
    assert.deepEqual(it.lines.slice(2), [{
      jsonrpc: "2.0",
      method: "notifications/elicitation/complete",
      params: { elicitationId: "authful-mcp-proxy-sign-in-1" },
    }]);
  });
}

Deno.test("a newer version opens URLs, too, and each question has a name of its own", async () => {
  const it = setUp({ client: { ...eliciting, protocolVersion: "2026-01-01" } });
  const calls = [it.call(1), it.call(2)];
  await nextTurn();
  assert.deepEqual(it.lines.map(({ id }) => id), [
    "authful-mcp-proxy-sign-in-1",
    "authful-mcp-proxy-sign-in-2",
  ]);
  it.calls.takeResponse(response({ action: "decline" }, "authful-mcp-proxy-sign-in-2"));
  await calls[1].called;
  assert.deepEqual(it.lines[2], result(elicitationText({ action: "decline" }, backend)!, false, 2));
  it.calls.end();
  await calls[0].called;
  assert.deepEqual(it.lines[3], result(it.invited()), "the end leaves the words");
});

for (
  const [what, answer] of [
    ["an error", errorResponse({ code: -1, action: "accept" }, "authful-mcp-proxy-sign-in-1")],
    ["no action", response({}, "authful-mcp-proxy-sign-in-1")],
    ["null", response(null, "authful-mcp-proxy-sign-in-1")],
  ] as const
) {
  Deno.test(`a client that answers the question with ${what} is told what to open`, async () => {
    const it = setUp();
    const { called } = it.call();
    await nextTurn();
    it.calls.takeResponse(answer);
    await called;
    assert.deepEqual(it.lines[1], result(it.invited()));
  });
}

Deno.test("a client that does not answer within 30 s is told what to open", async () => {
  using time = new FakeTime();
  const it = setUp();
  const { called } = it.call();
  await time.pass(29_999);
  assert.equal(it.lines.length, 1);
  await time.pass(1);
  await called;
  assert.deepEqual(it.lines[1], result(it.invited()));
});

Deno.test("a call that is cancelled does not wait for the client", async () => {
  const it = setUp();
  const { called, exchange } = it.call();
  await nextTurn();
  exchange.abort(requestCancelled());
  await assert.rejects(called, /was cancelled/);
  const late = response({ action: "accept" }, "authful-mcp-proxy-sign-in-1");
  assert.equal(it.calls.takeResponse(late), false);
});

Deno.test("of a sign-in that fails, or ends with the bridge, it is not told that it is complete", async () => {
  for (const end of ["fails", "ends"]) {
    const it = setUp();
    it.call().called.catch(() => {});
    await nextTurn();
    if (end === "fails") it.signing.reject(denied);
    else {
      it.stop.abort();
      it.signing.resolve();
    }
    await nextTurn();
    assert.deepEqual(it.lines.map(({ method }) => method), ["elicitation/create"]);
    it.calls.end();
  }
});
