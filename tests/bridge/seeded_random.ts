/** Random numbers that are the same again for the same seed (mulberry32). */
export interface SeededRandom {
  /** A whole number from 0 to below `limit`. */
  below(limit: number): number;
  /** One of these. */
  pick<T>(choices: readonly T[]): T;
  /** The bytes cut into pieces at random, some of them empty. */
  cut(bytes: Uint8Array): Uint8Array[];
}

export function seededRandom(seed: number): SeededRandom {
  let state = seed >>> 0;
  const below = (limit: number) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor(((t ^ (t >>> 14)) >>> 0) / 2 ** 32 * limit);
  };
  return {
    below,
    pick: (choices) => choices[below(choices.length)],
    cut(bytes) {
      const longest = [1, 2, 5, 40, 1000][below(5)];
      const pieces: Uint8Array[] = [];
      for (let at = 0; at < bytes.length;) {
        const length = below(longest + 1);
        pieces.push(bytes.slice(at, at + length));
        at += length;
      }
      return pieces;
    },
  };
}
