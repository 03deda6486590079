import { asProxyError } from "../../base/errors.ts";
import type { OutgoingRequest } from "../authorizer.ts";
import type { BridgeContext } from "../bridge_context.ts";
import { createSessionCheck } from "./session_check.ts";
import type { Session } from "./session.ts";
import { isSuspicious, mayBeCarriedOut, type SuspiciousAnswer } from "./suspicious_answer.ts";

/** What follows an answer that may say that the session is gone. */
export type Recovery =
  /** It is about the message. */
  | "pass on"
  /** A new session has begun, and the message was not carried out, or may be carried out twice. */
  | "send again"
  /** A new session has begun, but the message may have been carried out. */
  | "perhaps carried out"
  /** The session that was begun for this message is lost, too. */
  | "lost again";

/** The message that was answered. */
export interface RefusedMessage {
  /** The session that it was sent in. */
  session: Session;
  /** Who asked for it. */
  purpose: OutgoingRequest["purpose"];
  /** Whether a request of the client is behind it. */
  isAwaited: boolean;
  /** Whether doing it twice does no harm. */
  isRepeatable: boolean;
  /** Whether it was sent in a lost session before. */
  isSecond: boolean;
}

/** How {@linkcode Restore} begins a session. */
export interface RestoreOptions {
  /** Who asked for it. */
  purpose: OutgoingRequest["purpose"];
  /** Whether a request of the client waits for it; else it happens only now and then. */
  isAwaited: boolean;
  /** It is tried once, without another token: what refuses it has refused the message, too. */
  isTrial?: boolean;
  /** Whether the lost session knew a ping. */
  isDoubtful?: boolean;
}

/**
 * Gets a new session for a lost one, once for all who ask.
 *
 * @throws {ProxyError} when the backend begins none
 */
export type Restore = (lost: Session, options: RestoreOptions) => Promise<void>;

/** Finds out whether a session is lost, and begins it again. */
export interface SessionRecovery {
  /** Judges an HTTP error, or a JSON-RPC error, that answered a message. */
  after(answer: SuspiciousAnswer, message: RefusedMessage): Promise<Recovery>;
  /**
   * Judges a refusal of the token, and begins the session again when a new one is granted with the
   * same token: then it was the session that was refused.
   */
  isSessionRefused(answer: SuspiciousAnswer, message: RefusedMessage): Promise<boolean>;
  /** Whether the backend answers in this session. */
  isAlive(session: Session): Promise<boolean>;
}

/** What {@linkcode createSessionRecovery} needs. */
export interface SessionRecoveryOptions {
  /** The running bridge. */
  context: BridgeContext;
  /** Begins a session again. */
  restore: Restore;
}

/**
 * Goes by evidence and never by words: a ping in the same session, and whether a new session is
 * granted. Nothing that may have been carried out is ever sent again.
 */
export function createSessionRecovery(options: SessionRecoveryOptions): SessionRecovery {
  const { context, restore } = options;
  const { log } = context;
  const check = createSessionCheck(context);
  /** Whether this backend uses 404 for more than lost sessions. */
  let answersNotFound = false;

  async function refusedAlike(answer: SuspiciousAnswer, message: RefusedMessage) {
    const { session, isRepeatable } = message;
    if (message.isSecond) return "lost again";
    // Other refusals come from what guards the sessions, or the backend may be out of order.
    const isTrial = answer.status < 400 || mayBeCarriedOut(answer.status);
    try {
      await restore(session, { ...message, isTrial });
    } catch (error) {
      if (!isTrial) throw error;
      log.debug(`the session is kept, no new one is granted: ${asProxyError(error).message}`);
      return "pass on";
    }
    if (isRepeatable || !isTrial) return "send again";
    return answer.status >= 400 ? "perhaps carried out" : "pass on";
  }

  /** A 404 ends the session (MCP 2025-11-25), unless the backend turns out to mean another thing by it. */
  async function notFoundButAlive(message: RefusedMessage): Promise<Recovery> {
    const { session, isSecond, isAwaited, isRepeatable } = message;
    answersNotFound ||= isSecond || session.isDoubtful;
    // To a response it may say that nobody waits for it. The next request finds out.
    if (answersNotFound || !isAwaited) return "pass on";
    await restore(session, { ...message, isDoubtful: true });
    return isRepeatable ? "send again" : "pass on";
  }

  return {
    isAlive: async (session) =>
      await check(session, { status: 504, body: new Uint8Array() }) === "alive",
    async after(answer, message) {
      const { session } = message;
      const isError = answer.status < 400 || isSuspicious(answer.status);
      if (session.id === undefined || !isError) return "pass on";
      const verdict = await check(session, answer);
      if (verdict === "refused alike") return await refusedAlike(answer, message);
      if (verdict === "gone since") {
        const { purpose, isAwaited } = message;
        restore(session, { purpose, isAwaited, isTrial: true }).catch((error) =>
          log.debug(`the session is not begun again: ${asProxyError(error).message}`)
        );
        return "pass on";
      }
      return answer.status === 404 ? await notFoundButAlive(message) : "pass on";
    },
    async isSessionRefused(answer, message) {
      const { session, isSecond } = message;
      // A session in which nothing was ever taken says nothing about the token.
      if (session.id === undefined || !session.hasTaken || isSecond) return false;
      if (await check(session, answer) !== "refused alike") return false;
      try {
        await restore(session, { ...message, isTrial: true });
        return true;
      } catch (error) {
        log.debug(`the token is refused without the session, too: ${asProxyError(error).message}`);
        return false;
      }
    },
  };
}
