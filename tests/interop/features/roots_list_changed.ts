import { deepEqual, equal, ok } from "node:assert/strict";
import { textOf } from "../connection.ts";
import type { Feature } from "./feature.ts";

export default {
  name: "roots/list_changed",
  patience: 60_000,
  only: "2025",
  async run({ connect }) {
    const connection = await connect();
    await connection.callTool("echo", { text: "before" });
    // A server without sessions cannot ask at all.
    const canAsk = await connection.callTool("roots", {}, { timeout: 3000 })
      .then((result) => textOf(result) === "file:///first", () => false);
    const before = performance.now();
    // Some servers ask for the roots before they say that they have the notification.
    await connection.setRoots(["file:///second"]);
    const texts = Array.from({ length: 10 }, (_, index) => `after ${index}`);
    const [roots, ...results] = await Promise.all([
      canAsk ? connection.callTool("roots", {}, { timeout: 50_000 }).then(textOf) : undefined,
      ...texts.map(async (text) =>
        textOf(await connection.callTool("echo", { text }, { timeout: 50_000 }))
      ),
    ]);
    deepEqual(results, texts);
    const took = Math.round(performance.now() - before);
    ok(took < 5000, `the calls right after it took ${took} ms`);
    if (!canAsk) return;
    // A server that keeps the roots, as server-everything does, may answer before it has asked anew.
    let seen = roots;
    for (const end = performance.now() + 3000; seen !== "file:///second";) {
      if (performance.now() > end) break;
      seen = textOf(await connection.callTool("roots", {}, { timeout: 5000 }));
    }
    equal(seen, "file:///second");
  },
} satisfies Feature;
