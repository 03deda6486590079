import { deepEqual, equal, ok } from "node:assert/strict";
import { textOf } from "../connection.ts";
import type { Feature } from "./feature.ts";

export default {
  name: "tools",
  async run({ connect }) {
    const connection = await connect();
    const names = await connection.listTools();
    ok(names.includes("echo"), `no tool echo among ${names}`);
    const result = await connection.callTool("echo", { text: "hello" });
    equal(textOf(result), "hello");
    deepEqual(result.content.map(({ type }) => type), ["text"]);
  },
} satisfies Feature;
