import { abortable } from "../../base/abortable.ts";

/** What is still to be said to the backend of calls that nobody waits for any more. */
export interface Leaving {
  /** Takes the promise of it, which never rejects. */
  add(left: Promise<void>): void;
  /** Resolves when all of it is said, or when there is no time left. */
  over(signal: AbortSignal): Promise<void>;
}

/** Nothing to be said yet. */
export function createLeaving(): Leaving {
  const open = new Set<Promise<void>>();
  return {
    add(left) {
      open.add(left);
      left.then(() => open.delete(left));
    },
    async over(signal) {
      await abortable(Promise.all(open), signal).catch(() => {});
    },
  };
}
