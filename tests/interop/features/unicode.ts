import { equal } from "node:assert/strict";
import { textOf } from "../connection.ts";
import type { Feature } from "./feature.ts";

const text = "Grüße 👩‍👩‍👧 \u2028\u2029 \u0001 ‮abc‬ \u{10FFFD} \\ \" ' \t\r\n 統一碼 ﷽";

export default {
  name: "unicode",
  async run({ connect }) {
    const connection = await connect();
    equal(textOf(await connection.callTool("echo", { text })), text);
  },
} satisfies Feature;
