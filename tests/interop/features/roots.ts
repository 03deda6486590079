import { equal } from "node:assert/strict";
import { callThatAsks } from "./call_that_asks.ts";
import type { Feature } from "./feature.ts";

export default {
  name: "roots",
  async run({ connect }) {
    const connection = await connect();
    equal(await callThatAsks(connection, "roots"), "file:///first");
  },
} satisfies Feature;
