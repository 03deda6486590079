import { ProxyError } from "../base/errors.ts";
import { startTimer, type Timer } from "../base/timer.ts";

/** The time that the backend has for taking one notification or response. */
export interface AcceptLimit extends Disposable {
  /** Aborted when the time is over, or the bridge ends; the reason is a `ProxyError`. */
  readonly signal: AbortSignal;
  /** The message leaves. Before, a person may be signing in, which takes no time of the backend. */
  onSend(): void;
  /** The token was refused: a person may have to sign in, and then it leaves once more. */
  onRefusal(): void;
}

/** What {@linkcode createAcceptLimit} needs. */
export interface AcceptLimitOptions {
  /** How long the backend may take, in milliseconds. */
  acceptTimeout: number;
  /** Aborted when the bridge ends. */
  stop: AbortSignal;
  /** What is said when the time is over. */
  late?: () => ProxyError;
}

/** Starts to count with the first time that the message leaves. */
export function createAcceptLimit(options: AcceptLimitOptions): AcceptLimit {
  const { acceptTimeout, stop, late = () => notAccepted(acceptTimeout) } = options;
  const controller = new AbortController();
  const end = () => controller.abort(stop.reason);
  if (stop.aborted) end();
  stop.addEventListener("abort", end);
  let timer: Timer | undefined;
  return {
    signal: controller.signal,
    onSend() {
      timer ??= startTimer(() => controller.abort(late()), acceptTimeout);
    },
    onRefusal() {
      timer?.stop();
      timer = undefined;
    },
    [Symbol.dispose]() {
      timer?.stop();
      stop.removeEventListener("abort", end);
    },
  };
}

function notAccepted(acceptTimeout: number): ProxyError {
  return new ProxyError({
    category: "Backend error",
    what: `the backend did not accept a message within ${acceptTimeout / 1000} s`,
    fix: "look at the backend's log",
    reason: "not_accepted",
  });
}
