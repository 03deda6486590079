import type { RunningBackend } from "./counterpart.ts";
import type { BackendControl } from "./features/feature.ts";

/** A backend that is started again whenever a probe has killed it. */
export interface BackendService extends BackendControl, AsyncDisposable {
  /** What runs; nothing after {@linkcode BackendControl.kill}. */
  readonly running: RunningBackend | undefined;
  /** Starts it unless it runs. */
  ensure(): Promise<void>;
}

/** Makes a {@linkcode BackendService}; nothing runs yet. */
export function createBackendService(
  startBackend: () => Promise<RunningBackend>,
): BackendService {
  let running: RunningBackend | undefined;
  const kill = async () => {
    await running?.kill();
    running = undefined;
  };
  const start = async () => {
    running ??= await startBackend();
  };
  return {
    get running() {
      return running;
    },
    kill,
    start,
    ensure: start,
    [Symbol.asyncDispose]: kill,
  };
}
