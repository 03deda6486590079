import type { Gateway } from "./counterpart.ts";
import { installCounterpart } from "./installation.ts";
import { type BackendMeasuring, measureBackend } from "./measure_backend.ts";
import type { Measurement } from "./measurement.ts";
import { reasonOf } from "./probe_outcome.ts";

/**
 * Measures what works with a backend behind a gateway. The direct client goes through the gateway,
 * too: what the gateway does not let through says nothing about the program.
 */
export async function* measureGateway(
  gateway: Gateway,
  options: BackendMeasuring,
): AsyncGenerator<Measurement> {
  const { backend, name, start } = gateway;
  const row = { kind: "gateway" as const, counterpart: name };
  let directory: string;
  try {
    directory = await installCounterpart(backend, options);
  } catch (error) {
    // What the backend needs is not on this machine, of which the gateway knows nothing.
    yield { ...row, feature: "start", direct: { ok: false, why: reasonOf(error) }, ms: 0 };
    return;
  }
  yield* measureBackend(backend, { ...options, directory, behind: { ...row, start } });
}
