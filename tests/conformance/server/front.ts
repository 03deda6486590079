/**
 * A client that speaks Streamable HTTP needs a front to come to the program, which speaks stdio. It
 * hands every message on as it is, between a transport of the SDK and another.
 *
 * @module
 */
import type { ProgramCommand } from "../../support/program_command.ts";

/** What carries a client's messages to the program and back. */
export interface Front extends AsyncDisposable {
  /** Takes a request of Streamable HTTP. */
  serve(request: Request): Promise<Response>;
}

/** What a front needs. */
export interface FrontOptions {
  /** Starts the program. */
  command: ProgramCommand;
  /** Takes what the program logs. */
  log(text: string): void;
  /** Takes what a transport fails with. */
  onError(error: unknown): void;
}
