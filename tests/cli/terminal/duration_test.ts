import assert from "node:assert/strict";
import { formatDuration } from "../../../src/cli/terminal/duration.ts";

const [second, minute, hour, day] = [1_000, 60_000, 3_600_000, 86_400_000];

Deno.test("formatDuration shows the two largest units that matter", () => {
  for (
    const [milliseconds, text] of [
      [-5_000, "0 s"],
      [0, "0 s"],
      [999, "0 s"],
      [second, "1 s"],
      [second + 999, "1 s"],
      [45_000, "45 s"],
      [minute - 1, "59 s"],
      [minute, "1 min"],
      [61_000, "1 min 1 s"],
      [hour - 1, "59 min 59 s"],
      [hour, "1 h"],
      [3_605_000, "1 h"],
      [7_500_000, "2 h 5 min"],
      [2 * hour + 5 * minute + 59 * second, "2 h 5 min"],
      [day - 1, "23 h 59 min"],
      [day, "1 d"],
      [day + 59 * minute, "1 d"],
      [90_000_000, "1 d 1 h"],
      [400 * day + 3 * hour, "400 d 3 h"],
    ] as const
  ) assert.equal(formatDuration(milliseconds), text);
});
