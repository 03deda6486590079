import { match } from "node:assert/strict";
import { callThatAsks } from "./call_that_asks.ts";
import type { Feature } from "./feature.ts";

export default {
  name: "elicitation",
  async run({ connect }) {
    const connection = await connect();
    match(
      await callThatAsks(connection, "elicit", { message: "What is it?" }),
      /accept.*elicited/is,
    );
  },
} satisfies Feature;
