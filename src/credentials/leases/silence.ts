/**
 * Tells who has shown no sign of life for so long, in milliseconds, while we looked.
 *
 * Measured by the time that passed here between two looks at the same heartbeat, not by the clock
 * time in it: clocks are set, and machines sleep.
 */
export function createSilenceWatch(
  timeout: number,
  monotonicNow: () => number = () => performance.now(),
): { isSilent(name: string, heartbeat: string): boolean; forget(name: string): void } {
  const looks = new Map<string, { heartbeat: string; since: number; lookedAt: number }>();
  return {
    isSilent(name, heartbeat) {
      const lookedAt = monotonicNow();
      const last = looks.get(name);
      // A gap in our own looking means that we slept, and perhaps the other one with us.
      const anew = last?.heartbeat !== heartbeat || lookedAt - last.lookedAt > timeout;
      const since = anew ? lookedAt : last.since;
      looks.set(name, { heartbeat, since, lookedAt });
      return lookedAt - since > timeout;
    },
    forget: (name) => looks.delete(name),
  };
}
