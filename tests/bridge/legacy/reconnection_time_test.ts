import assert from "node:assert/strict";
import { reconnectionTime } from "../../../src/bridge/legacy/reconnection_time.ts";

Deno.test("a server's pause before a reconnection is respected within reason", () => {
  assert.equal(reconnectionTime(300), 300);
  assert.equal(reconnectionTime(120_000), 120_000);
  assert.equal(reconnectionTime(0), 50);
  assert.equal(reconnectionTime(Number.MAX_VALUE), 300_000);
});
