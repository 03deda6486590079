import { deepEqual } from "node:assert/strict";
import type { Feature } from "./feature.ts";

export default {
  name: "structured output",
  async run({ connect }) {
    const connection = await connect();
    const { structuredContent } = await connection.callTool("add", { a: 19, b: 23 });
    deepEqual(structuredContent, { sum: 42 });
  },
} satisfies Feature;
