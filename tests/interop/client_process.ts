import type { ClientOptions } from "./counterpart.ts";
import { type RunningProcess, startProcess } from "./running_process.ts";

/** How {@linkcode startClientProcess} starts a client's program. */
export interface ClientCommand {
  /** The executable. */
  command: string;
  /** Its arguments. */
  args: readonly string[];
  /** What its environment has besides what each client's has. */
  env?: Readonly<Record<string, string>>;
}

// Some of these clients report to their makers: here nothing leaves the machine.
const nowhere = "http://127.0.0.1:9";

/**
 * Starts a client's program, which finds in its environment the server (`SERVER`), whether to wait
 * for `list_changed` (`WAIT_FOR_CHANGE`), how long the handshake may take (`CONNECT_TIMEOUT`), and what
 * of the catalogue to do (`STEPS`) in which protocol (`ERA`), directly at which backend (`BACKEND`).
 */
export function startClientProcess(
  { home, server, waitForChange, connectTimeout, catalogue, onExit, signal }: ClientOptions,
  { command, args, env }: ClientCommand,
): Promise<RunningProcess> {
  return startProcess({
    command,
    args,
    cwd: home,
    clearEnv: true,
    env: {
      HOME: home,
      PATH: Deno.env.get("PATH") ?? "",
      SERVER: JSON.stringify(server),
      HTTPS_PROXY: nowhere,
      HTTP_PROXY: nowhere,
      NO_PROXY: "127.0.0.1,localhost",
      ...catalogue ? { ERA: catalogue.era, STEPS: JSON.stringify(catalogue.steps) } : {},
      ...catalogue?.backend ? { BACKEND: JSON.stringify(catalogue.backend) } : {},
      ...waitForChange ? { WAIT_FOR_CHANGE: "1" } : {},
      ...connectTimeout === undefined ? {} : { CONNECT_TIMEOUT: String(connectTimeout) },
      ...env,
    },
    onExit,
    signal,
  });
}
