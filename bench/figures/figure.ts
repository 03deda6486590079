import type { Subject } from "../subjects/connection.ts";

/** How much is measured. */
export interface Plan {
  /** Whether this is a run for development, whose figures count for nothing. */
  quick: boolean;
  /** How many samples of each figure, interleaved. */
  repetitions: number;
  /** Calls in one sample of the latency. */
  latencyCalls: number;
  /** Calls in one sample of the throughput. */
  throughputCalls: number;
  /** The numbers of requests in flight. */
  inFlight: readonly number[];
  /** The big payloads, in MB. */
  megabytes: readonly number[];
  /** How long a program is left alone before its idle figures are taken, in seconds. */
  idleSeconds: number;
  /** How many processes of each subject are idle at a time. */
  idleProcesses: number;
  /** How many processes of one kind are idle together, to see what many cost. */
  manyIdle: number;
  /** The calls before the memory is looked at again. */
  manyCalls: number;
}

/** One value of one figure of one subject. */
export interface Sample {
  figure: string;
  subject: string;
  value: number;
}

/** What a subject could not do. */
export interface Failure {
  figure: string;
  subject: string;
  reason: string;
}

/** Where the figures go. */
export interface Recorder {
  sample(figure: string, subject: string, value: number): void;
  failure(figure: string, subject: string, reason: string): void;
  /** Whether the subject failed at this figure before: it is not tried again. */
  failed(figure: string, subject: string): boolean;
}

/** The subjects in an order that differs from repetition to repetition. */
export function rotated(subjects: readonly Subject[], repetition: number): Subject[] {
  const turn = repetition % subjects.length;
  return [...subjects.slice(turn), ...subjects.slice(0, turn)];
}

/** The subjects that somebody could use: neither the floor nor a bridge that only forwards. */
export function bridges(subjects: readonly Subject[]): Subject[] {
  return subjects.filter(({ id }) => id !== "floor" && id !== "bare");
}

/** Waits this long at most. */
export async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new Error(`no answer within ${milliseconds / 1000} s`)),
    milliseconds,
  );
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
