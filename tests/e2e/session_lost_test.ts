import assert from "node:assert/strict";
import { startCompany } from "../support/company.ts";
import { goodResult } from "../support/faults.ts";
import { type LostSession, startFaultyBackend } from "../support/faulty_backend.ts";

for (
  const how of [
    "404",
    "404 with a JSON-RPC error",
    "400 that says so",
    "400 that says nothing",
    "401 that speaks of the session",
  ] satisfies LostSession[]
) {
  Deno.test(`a session lost with ${how} is restored once for all who wait`, async () => {
    await using backend = await startFaultyBackend();
    await using company = await startCompany({ backend: backend.url });
    await using program = await company.start({ args: [backend.url.href] });
    await Promise.all([company.signIn(), program.initialize()]);
    await program.request("ping");
    const initializations = backend.received.filter(({ method }) => method === "initialize").length;

    backend.loseSessions(how);
    const calls = Array.from(
      { length: 20 },
      (_, index) => program.request("tools/call", { name: "good json", arguments: { index } }),
    );
    for (const call of calls) assert.deepEqual((await call).result, goodResult);
    const again = backend.received.filter(({ method }) => method === "initialize").length;
    assert.equal(again - initializations, 1);
    assert.equal(backend.count("good json"), 20);
    // The client sees none of this but that its lists may have changed.
    await program.message(({ method }) => method === "notifications/tools/list_changed");
    assert.equal(
      program.messages.filter((message) => message?.result?.protocolVersion).length,
      1,
    );
    const [first, second] = backend.received.filter(({ method }) => method === "initialize");
    assert.equal(first?.session, undefined);
    assert.equal(second?.session, undefined);
    assert.deepEqual(JSON.parse(first?.body ?? "").params, JSON.parse(second?.body ?? "").params);
  });
}
