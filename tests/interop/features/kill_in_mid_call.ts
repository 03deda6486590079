import { equal, ok } from "node:assert/strict";
import { textOf } from "../connection.ts";
import { within } from "../../support/within.ts";
import type { Feature } from "./feature.ts";

export default {
  name: "killed in mid-call",
  patience: 60_000,
  programOnly: true,
  needs: "progress",
  async run({ connect, backend }) {
    const connection = await connect();
    const started = Promise.withResolvers<void>();
    const call = connection.callTool("slow", { seconds: 10, steps: 50 }, {
      onProgress: () => started.resolve(),
      timeout: 60_000,
    }).then(() => "a result", (error: Error) => error.message);
    await Promise.race([
      within(started.promise, { what: "progress of the call", patience: 10_000 }),
      call.then((outcome) => ok(false, `before it was killed: ${outcome}`)),
    ]);
    await backend.kill();
    await backend.start();
    const outcome = await within(call, { what: "an answer to the call", patience: 20_000 });
    ok(outcome !== "a result", "a result of a call that nobody carried out to its end");
    equal(textOf(await connection.callTool("echo", { text: "after" })), "after");
    // The new process counts how often it was called, where the tool is that of the catalogue.
    const again = textOf(await connection.callTool("slow", { seconds: 0.1, steps: 1 }));
    if (/^done \d+$/.test(again)) equal(again, "done 1", "the call was sent again");
  },
} satisfies Feature;
