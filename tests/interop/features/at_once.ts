import { deepEqual, ok } from "node:assert/strict";
import { textOf } from "../connection.ts";
import type { Feature } from "./feature.ts";

export default {
  name: "50 at once",
  concurrent: true,
  async run({ connect }) {
    const connection = await connect();
    const texts = Array.from({ length: 50 }, (_, index) => `call ${index}`);
    const before = performance.now();
    const [slow, ...results] = await Promise.all([
      connection.callTool("slow", { seconds: 3, steps: 3 }),
      ...texts.map(async (text) => textOf(await connection.callTool("echo", { text }))),
    ]);
    deepEqual(results, texts);
    ok(slow);
    const took = Math.round(performance.now() - before);
    ok(took < 8000, `50 calls beside one of 3 s took ${took} ms`);
  },
} satisfies Feature;
