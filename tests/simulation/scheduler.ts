import type { SeededRandom } from "../bridge/seeded_random.ts";

/** Whose event it is: nothing happens to a dead process, and nothing yet to a frozen one. */
export interface Owner {
  /** False once it was killed or has ended. */
  readonly isAlive: boolean;
  /** Until when it is stopped, in simulated milliseconds. */
  readonly frozenUntil: number;
}

/** Something that is going to happen. */
export interface Scheduled {
  /** Calls it off. */
  cancel(): void;
  /** Whether it is still to come. */
  readonly isPending: boolean;
}

interface Entry {
  at: number;
  /** Decides between what happens at the same time. */
  order: number;
  count: number;
  run: (() => void) | undefined;
  owner: Owner | undefined;
}

/** The one clock and the one queue of a simulation: decides by the seed what happens next. */
export class Scheduler {
  /** The present, in simulated milliseconds. */
  now = 0;
  /** How much has happened. */
  events = 0;
  readonly #random: SeededRandom;
  /** A binary heap, the earliest first. */
  readonly #heap: Entry[] = [];
  #count = 0;
  /** What waits for a frozen process comes before what happens then. */
  #late = -(2 ** 40);

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  /** Has something happen after so many milliseconds, unless its owner is dead by then. */
  schedule(delay: number, run: () => void, owner?: Owner): Scheduled {
    const entry: Entry = {
      at: this.now + Math.max(0, delay),
      order: this.#random.below(1 << 20),
      count: this.#count++,
      run,
      owner,
    };
    this.#push(entry);
    return {
      cancel: () => entry.run = undefined,
      get isPending() {
        return entry.run !== undefined && entry.owner?.isAlive !== false;
      },
    };
  }

  /** Has the next thing happen; false when there is none before this time. */
  step(until: number): boolean {
    for (;;) {
      const next = this.#heap[0];
      if (!next || next.at > until) return false;
      this.#pop();
      const { run, owner } = next;
      if (!run || owner?.isAlive === false) continue;
      if (owner && owner.frozenUntil > next.at) {
        next.at = owner.frozenUntil;
        // In the order in which it was to happen.
        next.order = this.#late++;
        this.#push(next);
        continue;
      }
      this.now = Math.max(this.now, next.at);
      this.events++;
      next.run = undefined;
      run();
      return true;
    }
  }

  #push(entry: Entry) {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(entry);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(entry, heap[parent])) break;
      heap[at] = heap[parent];
      at = parent;
    }
    heap[at] = entry;
  }

  #pop() {
    const heap = this.#heap;
    const last = heap.pop() as Entry;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1], heap[child])) child++;
      if (!isBefore(heap[child], last)) break;
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = last;
  }
}

function isBefore(one: Entry, other: Entry): boolean {
  return one.at !== other.at
    ? one.at < other.at
    : one.order !== other.order
    ? one.order < other.order
    : one.count < other.count;
}
