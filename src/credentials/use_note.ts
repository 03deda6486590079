import { startTimer, type Timer } from "../base/timer.ts";

/** Remembers for `status` when the credential was used, without getting in the way of a request. */
export interface UseNote {
  /** A request used the credential just now. */
  used(at: number): void;
  /** Writes what is not written yet. */
  finish(): Promise<void>;
}

/** Often enough for people, seldom enough for the disk; in milliseconds. */
const interval = 600_000;
/** A start has better things to do at first. */
const afterStart = 3_000;

/** A note that is written a little after the first use, then every ten minutes of use at most. */
export function createUseNote(write: (at: number) => Promise<void>): UseNote {
  let usedAt: number | undefined;
  let notedAt = -Infinity;
  let timer: Timer | undefined;

  async function note(): Promise<void> {
    timer?.stop();
    timer = undefined;
    if (usedAt === undefined || usedAt - notedAt < interval) return;
    notedAt = usedAt;
    // Nothing depends on it.
    await write(usedAt).catch(() => {});
  }

  return {
    used(at) {
      usedAt = at;
      if (timer !== undefined || at - notedAt < interval) return;
      timer = startTimer(note, afterStart);
    },
    finish: note,
  };
}
