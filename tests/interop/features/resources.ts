import { equal, ok } from "node:assert/strict";
import type { Feature } from "./feature.ts";

interface Contents {
  uri: string;
  text?: string;
}

export default {
  name: "resources",
  async run({ connect }) {
    const connection = await connect();
    const { resources } = await connection.request("resources/list") as unknown as {
      resources: { uri: string }[];
    };
    ok(resources.some(({ uri }) => uri === "test://static"), "test://static is not listed");
    const { contents } = await connection.request("resources/read", {
      uri: "test://static",
    }) as unknown as { contents: Contents[] };
    equal(contents[0]?.text, "static text");
  },
} satisfies Feature;
