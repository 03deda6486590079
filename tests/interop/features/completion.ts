import { deepEqual } from "node:assert/strict";
import type { Feature } from "./feature.ts";

export default {
  name: "completion",
  async run({ connect }) {
    const connection = await connect();
    const { completion } = await connection.request("completion/complete", {
      ref: { type: "ref/prompt", name: "greet" },
      argument: { name: "name", value: "A" },
    }) as unknown as { completion: { values: string[] } };
    deepEqual(completion.values, ["Ada", "Alan"]);
  },
} satisfies Feature;
