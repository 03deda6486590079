import type { Connection, Era } from "../connection.ts";
import type { TranslatedCall } from "../counterpart.ts";
import type { Program } from "../../support/program.ts";

/** One thing that must work between a client and a backend. */
export interface Feature {
  /** What the table calls it. */
  name: string;
  /** How long the probe may take, in milliseconds; 30 s unless told otherwise. */
  patience?: number;
  /** A feature of the program alone: what it does has no counterpart in a direct client. */
  programOnly?: boolean;
  /** The feature without which it cannot hold: where a direct client lacks that, this is not tried. */
  needs?: string;
  /** The protocol that has such a thing; both unless told otherwise. */
  only?: Era;
  /** Whether both ways are measured at the same time: for what takes long by its nature. */
  concurrent?: boolean;
  /** For a feature of the program alone: as much of it as a direct client can try. */
  directly?(probe: Probe): Promise<void>;
  /** Throws when the feature does not hold. */
  run(probe: Probe): Promise<void>;
}

/** What a probe works with. */
export interface Probe {
  /** Connects a client of its own; closed after the probe. */
  connect(): Promise<Connection>;
  /** The protocol. */
  era: Era;
  /** Whether nothing stands between: a direct client. */
  direct: boolean;
  /** Starts the program bare, for what a client of an SDK hides; whoever calls translates. */
  startProgram(): Promise<Program>;
  /** A call of the catalogue in the backend's own words. */
  translate(name: string, args: Record<string, unknown>): TranslatedCall;
  /** The backend's operator. */
  backend: BackendControl;
  /** Whether what takes long is to be scaled down. */
  quick: boolean;
}

/** What can happen to a backend. */
export interface BackendControl {
  /** Kills it in the middle of whatever it does; started again after the probe if not before. */
  kill(): Promise<void>;
  /** Starts it again at the same port; resolves when it accepts connections. */
  start(): Promise<void>;
}
