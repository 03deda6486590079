import { startTimer } from "../base/timer.ts";

/** Goes off when nothing was heard for some time. */
export interface SilenceTimer {
  /** Something was heard. */
  alive(): void;
  /** Nobody listens any more. */
  end(): void;
}

/** Calls `onSilent` once nothing was heard for so many milliseconds. */
export function createSilenceTimer(milliseconds: number, onSilent: () => void): SilenceTimer {
  let timer = startTimer(onSilent, milliseconds);
  return {
    alive() {
      timer.stop();
      timer = startTimer(onSilent, milliseconds);
    },
    end: () => timer.stop(),
  };
}
