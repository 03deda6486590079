import { match, ok } from "node:assert/strict";
import { textOf } from "../connection.ts";
import type { Feature } from "./feature.ts";

export default {
  name: "95 s call with progress",
  needs: "progress",
  patience: 180_000,
  concurrent: true,
  async run({ connect, quick }) {
    const connection = await connect();
    const seconds = quick ? 6 : 95;
    let seen = 0;
    const result = await connection.callTool("slow", { seconds, steps: 10 }, {
      onProgress: () => seen++,
      timeout: 150_000,
    });
    match(textOf(result), /^done \d+$/);
    ok(seen >= 9, `${seen} of 10 notifications came`);
  },
} satisfies Feature;
