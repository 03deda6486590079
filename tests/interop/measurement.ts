/** What a counterpart is to the program. */
export type Kind = "backend" | "one-era" | "gateway" | "client" | "provider" | "peer";

/** What came of one probe: nothing wrong, or why not. */
export type Outcome = { ok: true } | { ok: false; why: string };

/** One cell of a table: a counterpart and something that must work with it. */
export interface Measurement {
  /** Which table: its rows are counterparts of this kind. */
  kind: Kind;
  /** The row: the counterpart's name, for a backend of several protocols with the era: `NAME@2026`. */
  counterpart: string;
  /** For a peer: at which backend, or {@linkcode atSignIn}. For a backend of one era: with which client. */
  at?: string;
  /** What a table calls that; absent where its name is told. */
  atTitle?: string;
  /** The column. */
  feature: string;
  /**
   * What came of it without the program: when that fails, the counterpart itself cannot, and nothing
   * is said about the program. Absent where there is no such way.
   */
  direct?: Outcome;
  /** What came of it through the program; absent when it was not tried, since `direct` failed. */
  program?: Outcome;
  /** How often a direct client failed at it, where that is known to happen now and then. */
  rounds?: { count: number; failed: number; why?: string };
  /** What is worth telling about it, be it a success or not. */
  note?: string;
  /** What the program and the counterpart wrote meanwhile, the end of it, when the program failed. */
  log?: string;
  /** How long it took, in milliseconds. */
  ms: number;
}

/** Where a peer is measured that is to be let in, in the place of a backend's name. */
export const atSignIn = "sign-in";

/** A counterpart that was not measured. */
export interface Ignored {
  kind: Kind;
  counterpart: string;
  /** Why: no toolchain, no registry. */
  why: string;
}
