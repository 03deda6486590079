import { equal } from "node:assert/strict";
import { textOf } from "../connection.ts";
import type { Feature } from "./feature.ts";

const length = 3_000_000;

export default {
  name: "3 MB argument",
  patience: 90_000,
  async run({ connect }) {
    const connection = await connect();
    const text = "x".repeat(length);
    const result = await connection.callTool("length", { text }, { timeout: 80_000 });
    equal(textOf(result), String(length));
  },
} satisfies Feature;
