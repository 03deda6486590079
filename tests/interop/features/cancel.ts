import { equal, ok, rejects } from "node:assert/strict";
import { textOf } from "../connection.ts";
import type { Feature } from "./feature.ts";

export default {
  name: "cancel",
  needs: "progress",
  async run({ connect }) {
    const connection = await connect();
    const stop = new AbortController();
    const started = Promise.withResolvers<void>();
    const call = connection.callTool("slow", { seconds: 20, steps: 40 }, {
      signal: stop.signal,
      onProgress: () => started.resolve(),
    });
    await Promise.race([started.promise, call.then(() => ok(false, "it ended by itself"))]);
    const before = performance.now();
    stop.abort();
    await rejects(call);
    // What comes after is not held up by what was given up.
    equal(textOf(await connection.callTool("echo", { text: "after" })), "after");
    ok(performance.now() - before < 3000, "the next call waited");
  },
} satisfies Feature;
