import type { BackendOptions, RunningBackend } from "./counterpart.ts";
import { type ProcessOptions, startProcess } from "./running_process.ts";

/** What {@linkcode startBackendProcess} starts, besides the options of the backend. */
export interface BackendProcess extends Pick<ProcessOptions, "command" | "args" | "cwd" | "env"> {
  /** For the environment variable of this name: which transport or mode. */
  variant?: string;
  /** The path of the MCP endpoint; `/mcp` unless told otherwise. */
  path?: string;
  /** The line that says that it accepts connections; one with `ready` unless told otherwise. */
  ready?: RegExp;
  /** How long the start may take, in milliseconds; a minute unless told otherwise. */
  patience?: number;
}

/** Starts a backend program with the environment variables that all of them read. */
export async function startBackendProcess(
  options: BackendOptions,
  backend: BackendProcess,
): Promise<RunningBackend> {
  const { command, args, cwd, variant, path = "/mcp", ready = /\bready\b/, patience } = backend;
  const { port, issuer, jwksUri, audience, signal } = options;
  const running = await startProcess({
    command,
    args,
    cwd,
    ready,
    patience,
    signal,
    env: {
      PORT: String(port),
      ISSUER: issuer,
      JWKS_URI: jwksUri,
      AUDIENCE: audience,
      ...variant === undefined ? {} : { VARIANT: variant },
      ...backend.env,
    },
  });
  return {
    url: new URL(path, `http://127.0.0.1:${port}`),
    kill: running.kill,
    output: running.output,
    [Symbol.asyncDispose]: running.kill,
  };
}
