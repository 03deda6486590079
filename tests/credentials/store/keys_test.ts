import assert from "node:assert/strict";
import { keys, placeOf } from "../../../src/credentials/store/keys.ts";

Deno.test("everything stays where the programs that are out there look for it", () => {
  assert.deepEqual(
    {
      credentials: keys.credentials,
      credential: keys.credential("d"),
      parts: keys.parts("d"),
      partsOfOne: keys.parts("d", "i"),
      part: keys.part("d", { id: "i", at: 0 }),
      derived: keys.derived("b"),
      oneDerived: keys.derived("b", "d"),
      spending: keys.spending("d"),
      pending: keys.pending("d"),
      device: keys.device("d"),
      handover: keys.handover("d"),
      plainCooldown: keys.plainCooldown("d", "refresh"),
      cooldown: keys.cooldown("d", "refresh"),
      used: keys.used("d"),
      accountKey: keys.accountKey("d"),
      lease: keys.lease("n"),
      notes: keys.notes,
      note: keys.note("n"),
    },
    {
      credentials: [2, "credential"],
      credential: [2, "credential", "d"],
      parts: [2, "part", "d"],
      partsOfOne: [2, "part", "d", "i"],
      part: [2, "part", "d", "i", 0],
      derived: [2, "derived", "b"],
      oneDerived: [2, "derived", "b", "d"],
      spending: [2, "spending", "d"],
      pending: [2, "pending", "d"],
      device: [2, "device", "d"],
      handover: [2, "handover", "d"],
      plainCooldown: [2, "brake", "d", "refresh"],
      cooldown: [2, "cooldown", "d", "refresh"],
      used: [2, "used", "d"],
      accountKey: [2, "account", "d"],
      lease: [2, "lease", "n"],
      notes: [2, "note"],
      note: [2, "note", "n"],
    },
  );
  assert.equal(placeOf(keys.part("d", { id: "i", at: 3 })), "2 part d i 3");
});
