import assert from "node:assert/strict";
import { formatDuration } from "../../../src/cli/terminal/duration.ts";

Deno.test("formatDuration shows the two largest units that matter", () => {
  for (
    const [milliseconds, text] of [
      [-5_000, "0 s"],
      [999, "0 s"],
      [45_000, "45 s"],
      [61_000, "1 min 1 s"],
      [3_600_000, "1 h"],
      [3_605_000, "1 h"],
      [7_500_000, "2 h 5 min"],
      [90_000_000, "1 d 1 h"],
    ] as const
  ) assert.equal(formatDuration(milliseconds), text);
});
