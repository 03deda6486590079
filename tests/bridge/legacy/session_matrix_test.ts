import assert from "node:assert/strict";
import { type Backend, jsonResponse, legacyBackend, startBridge } from "../bridge_fixture.ts";
import { until } from "../../support/until.ts";

/** How a backend words an error. The first five are what servers send when they lost a session. */
const bodies: Record<string, (id: unknown) => Response> = {
  // TypeScript SDK 1.32, streamableHttp.ts.
  "the SDK's words": () => rpcError(null, -32000, "Bad Request: Server not initialized"),
  // rmcp 0.9, tower.rs.
  "other words": () => new Response("Unauthorized: Session not found"),
  "none": () => new Response(null),
  "the request's id": (id) => rpcError(id, -32603, "it went wrong"),
  "no id": () => jsonResponse({ jsonrpc: "2.0", error: { code: -32603, message: "wrong" } }),
  "a time in it": () => jsonResponse({ timestamp: new Date().toISOString(), error: "Bad Request" }),
};

const statuses = [200, 400, 401, 403, 404, 410, 422, 500, 503];

const requests = ["tools/call", "tools/list", "notification", "response"] as const;

function rpcError(id: unknown, code: number, message: string): Response {
  return jsonResponse({ jsonrpc: "2.0", id, error: { code, message } });
}

function refusal(status: number, body: (id: unknown) => Response, id: unknown): Response {
  const { body: text, headers } = body(id);
  return new Response(text, { status, headers });
}

/** An answer to a request: a page or nothing is none in a success. */
function isAnAnswer(status: number, body: string): boolean {
  return status !== 200 || !["other words", "none", "a time in it"].includes(body);
}

/** A backend that loses its sessions, or whose tools fail, with one and the same answer. */
function failing(happened: "session gone" | "own error", answer: (id: unknown) => Response) {
  let sessions = 0;
  let valid = "";
  const executed: string[] = [];
  const deleted: string[] = [];
  const isOwn = (name: string) => happened === "own error" && isFailing && name !== "ping";
  let isFailing = false;
  const backend: Backend = async (received) => {
    const { method, message, headers } = received;
    const id = headers.get("mcp-session-id") ?? "";
    if (method === "DELETE") deleted.push(id);
    if (method !== "POST") return await legacyBackend()(received);
    if (message.method === "initialize") {
      valid = `session-${++sessions}`;
      return await legacyBackend(undefined, { sessionId: valid })(received);
    }
    if (id !== valid) return answer(message.id ?? null);
    const name = message.method ?? "response";
    const own = isOwn(name) ? answer(message.id ?? null) : undefined;
    // RFC 9110 section 15.5.2: what answers 401 has not done it.
    if (own?.status !== 401) executed.push(name);
    if (own) return own;
    return await legacyBackend()(received);
  };
  return {
    backend,
    executed,
    deleted,
    begun: () => sessions,
    fail() {
      if (happened === "session gone") valid = "none";
      isFailing = true;
    },
    heal: () => isFailing = false,
  };
}

const call = (id: unknown, method = "tools/call") => ({
  jsonrpc: "2.0",
  id,
  method,
  params: { name: "send" },
});

for (const happened of ["session gone", "own error"] as const) {
  for (const request of requests) {
    Deno.test(`${request} refused by any status in any words, ${happened}`, async (t) => {
      for (const status of statuses) {
        for (const [words, body] of Object.entries(bodies)) {
          if (!isAnAnswer(status, words)) continue;
          await t.step(
            `HTTP ${status}, ${words}`,
            () => judge(happened, request, { status, body }),
          );
        }
      }
    });
  }
}

async function judge(
  happened: "session gone" | "own error",
  request: typeof requests[number],
  { status, body }: { status: number; body: (id: unknown) => Response },
) {
  const isGone = happened === "session gone";
  const server = failing(happened, (id) => refusal(status, body, id));
  await using bridge = startBridge(server.backend, {
    retryWindow: 50,
    // A token that was accepted and can be renewed: what the refusal is about has to be found out.
    authorizer: {
      authorize: () => ({ authorization: "Bearer good" }),
      async refused({ attempt, isSessionLost }) {
        if (attempt === 1) return;
        if (await isSessionLost?.()) return "answer";
        throw new Error("the token is refused");
      },
    },
  });
  await bridge.initialize();
  await until(() => server.executed.includes("notifications/initialized"), "the handshake");
  server.fail();
  const before = bridge.received.length;
  const answers = [];
  if (request === "notification") {
    await bridge.send({ jsonrpc: "2.0", method: "notifications/roots/list_changed" });
  } else if (request === "response") {
    await bridge.send({ jsonrpc: "2.0", id: "of the backend", result: {} });
  } else {
    await bridge.send(call(1, request));
    let answer;
    do answer = await bridge.nextMessage(); while (answer.method);
    answers.push(answer);
  }
  const isRequest = answers.length > 0;
  if (!isRequest) {
    const isSettled = () =>
      isGone && status >= 400
        ? server.begun() === 2
        : bridge.logged.some((line) => line.includes("did not reach the backend"));
    if (status !== 200) await until(isSettled, "what follows the refusal");
  }
  server.heal();
  // The next request works, whatever became of this one.
  await bridge.send(call("next", "tools/list"));
  let next;
  do next = await bridge.nextMessage(); while (next.method);
  assert.equal(next.id, "next");
  assert.deepEqual(next.result, {}, JSON.stringify(next));

  const ran = (name: string) => server.executed.filter((one) => one === name).length;
  assert(ran("tools/call") <= 1, "the tool ran twice");
  const isOwnNotFound = !isGone && status === 404;
  const begun = isGone || isOwnNotFound && isRequest ? 2 : 1;
  assert(server.begun() <= begun, `${server.begun()} sessions were begun`);
  if (isGone) assert.equal(server.begun(), 2);

  if (!isRequest) return;
  const [answer] = answers;
  assert.equal(answer.id, 1);
  const own = await ownAnswer(refusal(status, body, 1));
  const isReading = request === "tools/list";
  if (isGone && (isReading || status >= 400 && status < 500)) {
    assert.deepEqual(answer.result, {}, JSON.stringify(answer));
  } else if (isGone && status >= 500) {
    assert.match(answer.error.message, /may have been carried out/);
    assert.equal(answer.error.data.reason, "session_broken");
    assert.equal(ran("tools/call"), 0);
  } else if (own && status !== 401 && status !== 503) {
    assert.deepEqual(answer.error, own);
  } else {
    assert(answer.error);
    if (status !== 401) assert.equal(answer.error.data.httpStatus, status);
  }
  if (!isGone && status !== 401) assert(ran(request) > 0);
  assert(bridge.received.length - before < 20, `${bridge.received.length - before} requests`);
}

/** The JSON-RPC error in an answer, which the client is to get as it is. */
async function ownAnswer(response: Response): Promise<unknown> {
  try {
    const { jsonrpc, error } = JSON.parse(await response.text());
    return jsonrpc === "2.0" ? error : undefined;
  } catch {
    return undefined;
  }
}
