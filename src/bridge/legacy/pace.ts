/** Limits how often something is done. */
export interface Pace {
  /** Whether it may be done now; counts it if so. */
  take(): boolean;
  /** How long until it may be done, in milliseconds; 0 for now. */
  wait(): number;
}

/** What {@linkcode createPace} needs. */
export interface PaceOptions {
  /** How often it may be done … */
  most: number;
  /** … in any stretch of so many milliseconds. */
  within: number;
  /** The present, in milliseconds. */
  now?: () => number;
}

/** A limit over a sliding stretch of time. */
export function createPace(options: PaceOptions): Pace {
  const { most, within, now = () => performance.now() } = options;
  let taken: number[] = [];
  const wait = () => {
    taken = taken.filter((at) => now() - at < within);
    return taken.length < most ? 0 : taken[0] + within - now();
  };
  return {
    wait,
    take() {
      if (wait() > 0) return false;
      taken.push(now());
      return true;
    },
  };
}
