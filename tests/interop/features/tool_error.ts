import { equal, match } from "node:assert/strict";
import { textOf } from "../connection.ts";
import type { Feature } from "./feature.ts";

export default {
  name: "tool error",
  async run({ connect }) {
    const connection = await connect();
    const result = await connection.callTool("fail", { message: "the disk is full" });
    equal(result.isError, true);
    match(textOf(result), /the disk is full/);
  },
} satisfies Feature;
