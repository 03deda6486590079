import assert from "node:assert/strict";
import { startCompany } from "../support/company.ts";
import { delicateResult, type FaultName, faults, goodResult } from "../support/faults.ts";
import { type LostSession, startFaultyBackend } from "../support/faulty_backend.ts";
import type { Message, Program } from "../support/program.ts";

/** What has to come of a fault. */
type Outcome =
  /** The result. */
  | "result"
  /** The error that the backend gave, as it is. */
  | { code: number }
  /** An error of ours with this `data.reason`. */
  | { reason: string };

interface Expectation {
  comes: Outcome;
  /** How often the backend may see the call; once unless told otherwise. */
  sent?: number;
  /** How long the answer may take, in milliseconds; 5 s unless told otherwise. */
  within?: number;
  /** The client cancels it. */
  cancelled?: true;
}

const expectations: Record<FaultName, Expectation> = {};

Deno.test("explore", async () => {
  await using backend = await startFaultyBackend();
  await using company = await startCompany({ backend: backend.url });
  await using program = await company.start({ args: [backend.url.href, "--debug"] });
  await Promise.all([company.signIn(), program.initialize()]);
  for (const name of Object.keys(faults)) {
    const start = performance.now();
    await program.send({ jsonrpc: "2.0", id: name, method: "tools/call", params: { name } });
    if (/ever$|cancel/.test(name)) {
      await backend.receivedWhere((message) => message.name === name);
      await program.send({
        jsonrpc: "2.0",
        method: "notifications/cancelled",
        params: { requestId: name },
      });
    }
    const r = await program.message((m) => m.id === name).catch((
      e,
    ) => ({ id: 0, error: { message: "HANG" } } as any));
    console.log(
      name,
      "=>",
      Math.round(performance.now() - start),
      "ms",
      backend.count(name),
      r.result ? "result" : `${r.error.code} ${r.error.data?.reason} ${r.error.message}`,
    );
  }
  console.log(backend.elsewhere());
});
