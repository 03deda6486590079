import { match } from "node:assert/strict";
import { textOf } from "../connection.ts";
import type { Feature } from "./feature.ts";

export default {
  name: "elicitation",
  async run({ connect }) {
    const connection = await connect();
    match(
      textOf(await connection.callTool("elicit", { message: "What is it?" }, { timeout: 8000 })),
      /accept.*elicited/is,
    );
  },
} satisfies Feature;
