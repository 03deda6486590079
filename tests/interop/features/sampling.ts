import { equal } from "node:assert/strict";
import { textOf } from "../connection.ts";
import type { Feature } from "./feature.ts";

export default {
  name: "sampling",
  async run({ connect }) {
    const connection = await connect();
    equal(
      textOf(await connection.callTool("sample", { prompt: "hello" }, { timeout: 8000 })),
      "sampled: hello",
    );
  },
} satisfies Feature;
