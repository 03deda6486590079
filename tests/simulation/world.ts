import { type SeededRandom, seededRandom } from "../bridge/seeded_random.ts";
import { Scheduler } from "./scheduler.ts";

/** What every part of a simulation shares: one clock, one source of chance, one trace. */
export class World {
  /** What decides the course of this run. */
  readonly seed: number;
  /** Decides what happens next. */
  readonly scheduler: Scheduler;
  /** What the program may draw. */
  readonly programRandom: SeededRandom;
  /** What happened, one line each; empty unless it is kept. */
  readonly trace: string[] = [];
  /** The first invariant that did not hold. */
  violation: string | undefined;
  /** Whether anything goes wrong still: at the end of each run, nothing does. */
  isFaulty = true;
  readonly #random: SeededRandom;
  readonly #keepTrace: boolean;
  #hash = 0x811c9dc5;

  constructor(seed: number, { keepTrace = false }: { keepTrace?: boolean } = {}) {
    this.seed = seed;
    this.#keepTrace = keepTrace;
    this.#random = seededRandom(seed);
    this.programRandom = seededRandom(seed ^ 0x5bd1e995);
    this.scheduler = new Scheduler(seededRandom(seed ^ 0x27d4eb2f));
  }

  /** The present, in simulated milliseconds. */
  get now(): number {
    return this.scheduler.now;
  }

  /** A whole number from `from` to `to`. */
  between(from: number, to: number): number {
    return from + this.#random.below(to - from + 1);
  }

  /** Whether something of this probability happens. */
  chance(probability: number): boolean {
    // Drawn even when it cannot be: one rate does not change what comes after it.
    return this.#random.below(1 << 20) < probability * (1 << 20);
  }

  /** Whether a fault of this probability happens; none does any more when the faults are over. */
  fault(probability: number): boolean {
    return this.chance(probability) && this.isFaulty;
  }

  /** One of these. */
  pick<T>(choices: readonly T[]): T {
    return this.#random.pick(choices);
  }

  /** One of these, by their weights. */
  weighted<T extends string>(weights: Readonly<Partial<Record<T, number>>>): T {
    const entries = Object.entries(weights) as [T, number][];
    let at = this.between(0, entries.reduce((sum, [, weight]) => sum + weight, 0) - 1);
    for (const [choice, weight] of entries) {
      if (at < weight) return choice;
      at -= weight;
    }
    return entries[0][0];
  }

  /** Takes note of what happens. */
  say(text: string): void {
    const line = `${String(Math.round(this.now)).padStart(7)} ${text}`;
    let hash = this.#hash;
    for (let at = 0; at < line.length; at++) {
      hash = Math.imul(hash ^ line.charCodeAt(at), 0x01000193);
    }
    this.#hash = hash;
    if (this.#keepTrace) this.trace.push(line);
  }

  /** An invariant does not hold. */
  fail(what: string): void {
    if (this.violation !== undefined) return;
    this.violation = what;
    this.say(`VIOLATION ${what}`);
  }

  /** Stands for the whole trace: equal for equal runs. */
  get hash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, "0");
  }
}
