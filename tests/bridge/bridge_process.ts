/**
 * The bridge alone as a process of its own, for tests that measure one: `bridge_process.ts URL`.
 */
import { runBridge } from "../../src/bridge/bridge.ts";
import { createLog } from "../../src/base/log.ts";

if (import.meta.main) {
  await runBridge({
    backendUrl: new URL(Deno.args[0]),
    authorizer: {
      authorize: () => ({ authorization: "Bearer test" }),
      refused: ({ status }) => Promise.reject(new Error(`refused with ${status}`)),
    },
    log: createLog({ level: "warn" }),
    input: Deno.stdin,
    output: Deno.stdout,
    signal: new AbortController().signal,
  });
  Deno.exit(0);
}
