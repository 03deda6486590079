import { deepEqual, match, ok } from "node:assert/strict";
import { textOf } from "../connection.ts";
import type { Feature } from "./feature.ts";

export default {
  name: "progress",
  concurrent: true,
  async run({ connect }) {
    const connection = await connect();
    const seen: number[] = [];
    const result = await connection.callTool("slow", { seconds: 1, steps: 5 }, {
      onProgress: ({ progress }) => seen.push(progress),
    });
    match(textOf(result), /^done \d+$/);
    // The SDK's client forgets the last one when the result comes in the same read.
    ok(seen.length >= 4, `${seen.length} of 5 notifications came`);
    deepEqual(seen, seen.toSorted((a, b) => a - b), "out of order");
  },
} satisfies Feature;
