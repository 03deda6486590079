import { deepEqual, equal, ok } from "node:assert/strict";
import { textOf } from "../connection.ts";
import type { Feature } from "./feature.ts";

export default {
  name: "tools",
  async run({ connect, translate }) {
    const connection = await connect();
    const names = await connection.listTools();
    const { name } = translate("echo", {});
    ok(names.includes(name), `no tool ${name} among ${names}`);
    const result = await connection.callTool("echo", { text: "hello" });
    equal(textOf(result), "hello");
    deepEqual(result.content.map(({ type }) => type), ["text"]);
  },
} satisfies Feature;
