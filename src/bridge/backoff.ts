/** Pauses that double from `first` to `longest` (in milliseconds), each shortened by up to a half at random. */
export function backoff(first: number, longest: number): { next(): number; reset(): void } {
  let pause = first;
  return {
    next() {
      const now = pause;
      pause = Math.min(pause * 2, longest);
      return now * (0.5 + Math.random() / 2);
    },
    reset() {
      pause = first;
    },
  };
}
