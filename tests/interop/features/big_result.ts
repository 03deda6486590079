import { equal } from "node:assert/strict";
import { textOf } from "../connection.ts";
import type { Feature } from "./feature.ts";

const bytes = 20_000_000;

export default {
  name: "20 MB result",
  patience: 90_000,
  async run({ connect }) {
    const connection = await connect();
    const result = await connection.callTool("big", { bytes }, { timeout: 80_000 });
    equal(textOf(result).length, bytes);
  },
} satisfies Feature;
