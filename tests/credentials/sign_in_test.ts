import assert from "node:assert/strict";
import { asProxyError } from "../../src/base/errors.ts";
import { isLease } from "../../src/credentials/leases/leases.ts";
import { signIn } from "../../src/credentials/sign_in.ts";
import { Room } from "./room.ts";

Deno.test("whoever is to finish a sign-in that has come to its end begins none of its own", async () => {
  await using room = new Room();
  using other = await room.otherProcess();
  const lease = await other.leases.attempt("credential", "sign-in");
  assert.ok(isLease(lease));
  await using _held = lease;
  const stages: string[] = [];
  const signal = new AbortController().signal;
  const finishing = signIn({
    store: other.credentials,
    leases: other.leases,
    flows: room.flows,
    log: room.log,
    now: room.now,
    unwanted: undefined,
    refused: false,
    interactive: true,
    byHand: false,
    force: false,
    takesOver: true,
    mustStore: true,
    signal,
    refreshSignal: signal,
    onWaiting: () => {},
    onInvitation: () => {},
    onStage: (stage) => stages.push(stage),
  }, lease);
  await assert.rejects(finishing, (cause) => asProxyError(cause).reason === "no_sign_in");
  assert.equal(room.flows.signIns, 0, "nobody is asked for a sign-in that nobody wants");
  assert.deepEqual(stages, []);
  assert.equal(
    await other.credentials.readCooldown("sign-in"),
    undefined,
    "and nobody waits for it",
  );
});
