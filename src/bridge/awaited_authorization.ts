import { startTimer, type Timer } from "../base/timer.ts";
import type { Authorizer } from "./authorizer.ts";

/** An authorizer, and whether the client's messages wait for it. */
export interface AwaitedAuthorization {
  /** Authorizes as the one that was given. */
  authorizer: Authorizer;
  /**
   * Counts what the client has written, in bytes, and says when more may be taken: when nobody waits
   * for a credential any more, and slowly before that; `undefined` for at once.
   */
  whenWritable(length: number): Promise<void> | undefined;
  /** Whether one of the client's messages waits for a credential. */
  isWaiting(): boolean;
}

/**
 * More than this is hardly taken from the client while its messages wait for a credential, in bytes:
 * a person may take minutes to sign in, and until then all of it is held in memory.
 */
const maxHeldBytes = 4 << 20;

/**
 * How long one more piece of input waits then, in milliseconds. Without it nobody would find out that
 * the client has left, which shows at the end of its input only.
 */
const slowPause = 1_000;

/** Who is told of a long wait. */
export interface LongWaitOptions {
  /** How long a wait is not worth telling of, in milliseconds; any by default. */
  patience?: number;
  /** The client's messages have waited for so long. */
  onPatienceLost?(): void;
  /** None of them waits any more; called behind {@linkcode onPatienceLost} only. */
  onSettled?(): void;
}

/** Sees when the client's messages wait for a credential. */
export function awaitedAuthorization(
  given: Authorizer,
  { patience, onPatienceLost, onSettled }: LongWaitOptions = {},
): AwaitedAuthorization {
  let patienceTimer: Timer | undefined;
  let isLong = false;
  let waiting = 0;
  let held = 0;
  let over = Promise.withResolvers<void>();

  async function overOr(milliseconds: number) {
    const slow = Promise.withResolvers<void>();
    using _timer = startTimer(slow.resolve, milliseconds);
    await Promise.race([over.promise, slow.promise]);
  }

  function watch<T>(promise: Promise<T>): Promise<T> {
    waiting++;
    promise.then(settled, settled);
    if (patience !== undefined) patienceTimer ??= startTimer(losePatience, patience);
    return promise;
  }

  function losePatience() {
    isLong = true;
    onPatienceLost?.();
  }

  function settled() {
    if (--waiting > 0) return;
    patienceTimer?.stop();
    patienceTimer = undefined;
    held = 0;
    over.resolve();
    over = Promise.withResolvers();
    if (!isLong) return;
    isLong = false;
    onSettled?.();
  }

  return {
    authorizer: {
      authorize(request) {
        const fields = given.authorize(request);
        return fields instanceof Promise && request.purpose !== "background"
          ? watch(fields)
          : fields;
      },
      refused(refusal) {
        const dealtWith = given.refused(refusal);
        return refusal.request.purpose === "background" ? dealtWith : watch(dealtWith);
      },
      forbidden: async (refusal) => await given.forbidden?.(refusal) ?? false,
      answered: (request, headers) => given.answered?.(request, headers),
    },
    isWaiting: () => waiting > 0,
    whenWritable(length) {
      if (waiting === 0) return undefined;
      held += length;
      return held > maxHeldBytes ? overOr(slowPause) : undefined;
    },
  };
}
