import { asProxyError, ProxyError } from "../../base/errors.ts";
import { startTimer } from "../../base/timer.ts";
import type { BridgeContext } from "../bridge_context.ts";
import { isEventStream } from "../http/content_type.ts";
import { readBody } from "../http/read_body.ts";
import { readErrorBody } from "../http/read_error_body.ts";
import { textOf } from "../json/scan_json.ts";
import { scanMessage } from "../jsonrpc/scan_message.ts";
import { postHeaders, type Session } from "./session.ts";
import { isAlike, type SuspiciousAnswer } from "./suspicious_answer.ts";

/**
 * What a ping in the same session says of a suspicious answer:
 *
 * - `refused alike`: the session is gone, and the answer came from what guards the sessions;
 * - `alive`: the ping was answered, so the answer was about the message;
 * - `gone since`: the session is gone, but the answer was about something else;
 * - `unknown`: no answer, or one that tells nothing.
 */
export type SessionVerdict = "refused alike" | "alive" | "gone since" | "unknown";

/** Finds out whether the backend still knows a session, by asking. */
export type SessionCheck = (session: Session, answer: SuspiciousAnswer) => Promise<SessionVerdict>;

/** How long the backend may take to answer the ping, in milliseconds. */
const pingTimeout = 10_000;
/**
 * A session in which a ping was not answered in time is not asked about errors in good HTTP answers
 * for so long, in milliseconds: some servers never answer one, and each of a tool's errors would be
 * late. HTTP errors are rare, and a session that is lost shows by them.
 */
const silentFor = 60_000;
/** A longer answer to a ping is not read, in bytes. */
const maxPingAnswer = 1 << 20;
/** JSON-RPC 2.0 section 5.1: the session is alive, and the server knows no ping. */
const methodNotFound = -32601;

/** A check that sends one ping for all who ask at the same time. */
export function createSessionCheck(context: BridgeContext): SessionCheck {
  const running = new WeakMap<Session, Promise<PingOutcome>>();
  const silentSince = new WeakMap<Session, number>();
  let count = 0;

  function ping(session: Session): Promise<PingOutcome> {
    const sent = sendPing(session, { context, id: `authful-mcp-proxy-check-${++count}` })
      .then((outcome) => {
        if (outcome !== "silence") return outcome;
        silentSince.set(session, performance.now());
        return "no answer";
      })
      .finally(() => running.delete(session));
    running.set(session, sent);
    return sent;
  }

  return async (session, answer) => {
    const since = silentSince.get(session);
    const isSilent = since !== undefined && performance.now() - since < silentFor;
    if (isSilent && answer.status < 400) return "unknown";
    const before = running.get(session);
    if (before) {
      // A session that was gone then is gone now; one that was alive may have been lost since.
      const verdict = judge(await before, answer);
      if (verdict === "refused alike") return verdict;
    }
    return judge(await (running.get(session) ?? ping(session)), answer);
  };
}

type PingOutcome = "answered" | "no answer" | SuspiciousAnswer;

function judge(outcome: PingOutcome, answer: SuspiciousAnswer): SessionVerdict {
  if (outcome === "answered") return "alive";
  if (outcome === "no answer") return "unknown";
  if (isAlike(outcome, answer)) return "refused alike";
  if (outcome.status === 404) return "gone since";
  return outcome.status === 200 ? "alive" : "unknown";
}

async function sendPing(
  session: Session,
  { context, id }: { context: BridgeContext; id: string },
): Promise<PingOutcome | "silence"> {
  const controller = new AbortController();
  const { signal } = controller;
  const end = () => controller.abort(context.stop.reason);
  if (context.stop.aborted) end();
  context.stop.addEventListener("abort", end);
  const timeout = Math.min(pingTimeout, context.acceptTimeout);
  using _ = startTimer(() => controller.abort(noPingAnswer(timeout)), timeout);
  try {
    return await context.http.send({
      method: "POST",
      headers: { ...postHeaders, ...session.headers },
      body: new TextEncoder().encode(`{"jsonrpc":"2.0","id":"${id}","method":"ping"}`),
      purpose: "background",
      signal,
      isQuestion: true,
    }, async (response) => {
      // Whoever opens a stream in the session knows the session.
      if (response.ok && isEventStream(response)) {
        await response.body?.cancel();
        return "answered";
      }
      const { url } = context;
      const body = response.ok
        ? await readBody(response, { maxBytes: maxPingAnswer, url, signal })
        : await readErrorBody(response, { maxBytes: maxPingAnswer, signal });
      return outcomeOf({ status: response.status, body, method: "ping" });
    });
  } catch (error) {
    context.log.debug(`no answer to the question for the session: ${asProxyError(error).message}`);
    return signal.aborted ? "silence" : "no answer";
  } finally {
    context.stop.removeEventListener("abort", end);
  }
}

function outcomeOf(answer: SuspiciousAnswer): PingOutcome {
  const scanned = scanMessage(answer.body);
  if (scanned.kind === "response" && scanned.isError) {
    const { code } = JSON.parse(textOf(scanned.bytes, scanned.bodyStart, scanned.bodyEnd)) ?? {};
    return code === methodNotFound ? "answered" : answer;
  }
  return answer.status < 300 ? "answered" : answer;
}

function noPingAnswer(timeout: number): ProxyError {
  return new ProxyError({
    category: "Backend error",
    what: `the backend did not answer a ping within ${timeout / 1000} s`,
    fix: "look at the backend's log",
    reason: "no_answer",
  });
}
