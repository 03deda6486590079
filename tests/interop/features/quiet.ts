import { equal, ok } from "node:assert/strict";
import { textOf } from "../connection.ts";
import type { Feature } from "./feature.ts";

export default {
  name: "quiet while idle",
  concurrent: true,
  async run({ connect }) {
    const connection = await connect();
    await connection.callTool("echo", { text: "before" });
    // Nobody asks for anything, so that hardly anything may come. To see nothing come takes its time.
    await new Promise((resolve) => setTimeout(resolve, 2000));
    const methods = connection.notifications.map(({ method }) => method);
    ok(methods.length < 20, `${methods.length} notifications within 2 s`);
    equal(textOf(await connection.callTool("echo", { text: "after" })), "after");
  },
} satisfies Feature;
