import { deepEqual, match } from "node:assert/strict";
import { textOf } from "../connection.ts";
import type { Feature } from "./feature.ts";

export default {
  name: "progress",
  async run({ connect }) {
    const connection = await connect();
    const seen: number[] = [];
    const result = await connection.callTool("slow", { seconds: 1, steps: 5 }, {
      onProgress: ({ progress }) => seen.push(progress),
    });
    match(textOf(result), /^done \d+$/);
    deepEqual(seen.length, 5, `${seen.length} of 5 notifications came`);
    deepEqual(seen, seen.toSorted((a, b) => a - b), "out of order");
  },
} satisfies Feature;
