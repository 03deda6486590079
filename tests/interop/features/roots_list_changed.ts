import { deepEqual, ok } from "node:assert/strict";
import { textOf } from "../connection.ts";
import type { Feature } from "./feature.ts";

export default {
  name: "roots/list_changed",
  patience: 60_000,
  only: "2025",
  async run({ connect }) {
    const connection = await connect();
    await connection.callTool("echo", { text: "before" });
    const before = performance.now();
    await connection.setRoots(["file:///second"]);
    const texts = Array.from({ length: 10 }, (_, index) => `after ${index}`);
    const results = await Promise.all(
      texts.map((text) => connection.callTool("echo", { text }, { timeout: 50_000 })),
    );
    deepEqual(results.map(textOf), texts);
    const took = Math.round(performance.now() - before);
    ok(took < 5000, `ten calls right after it took ${took} ms`);
  },
} satisfies Feature;
