import { deepEqual } from "node:assert/strict";
import { textOf } from "../connection.ts";
import type { Feature } from "./feature.ts";

export default {
  name: "quiet while idle",
  async run({ connect }) {
    const connection = await connect();
    await connection.callTool("echo", { text: "before" });
    // Nobody asks for anything here, so what comes was made up on the way. Watching for nothing needs a time.
    await new Promise((resolve) => setTimeout(resolve, 2000));
    const methods = connection.notifications.map(({ method }) => method);
    deepEqual(methods.slice(0, 10), [], `${methods.length} notifications within 2 s`);
    deepEqual(textOf(await connection.callTool("echo", { text: "after" })), "after");
  },
} satisfies Feature;
