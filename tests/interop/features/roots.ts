import { equal } from "node:assert/strict";
import { textOf } from "../connection.ts";
import type { Feature } from "./feature.ts";

export default {
  name: "roots",
  async run({ connect }) {
    const connection = await connect();
    equal(textOf(await connection.callTool("roots", {}, { timeout: 8000 })), "file:///first");
  },
} satisfies Feature;
