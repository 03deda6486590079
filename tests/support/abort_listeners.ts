/** How many listeners of its abort a signal has had, and has now. */
export interface AbortListeners {
  /** How many there are now. */
  readonly count: number;
  /** How often one was taken away, whether it was there or not. */
  readonly removals: number;
}

/** Counts the listeners that are added to a signal from now on: one that stays is never let go. */
export function countAbortListeners(signal: AbortSignal): AbortListeners {
  const listeners = new Set<unknown>();
  let removals = 0;
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (
    ...[type, listener, options]: Parameters<AbortSignal["addEventListener"]>
  ) => {
    if (listener) listeners.add(listener);
    const isOnce = typeof options === "object" && options.once;
    if (isOnce) {
      addEventListener.call(signal, type, () => listeners.delete(listener), { once: true });
    }
    addEventListener.call(signal, type, listener!, options);
  };
  signal.removeEventListener = (
    ...[type, listener, options]: Parameters<AbortSignal["removeEventListener"]>
  ) => {
    listeners.delete(listener);
    removals++;
    removeEventListener.call(signal, type, listener!, options);
  };
  return {
    get count() {
      return listeners.size;
    },
    get removals() {
      return removals;
    },
  };
}
