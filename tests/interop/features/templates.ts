import { equal, ok } from "node:assert/strict";
import type { Feature } from "./feature.ts";

export default {
  name: "resource templates",
  async run({ connect }) {
    const connection = await connect();
    const { resourceTemplates } = await connection.request(
      "resources/templates/list",
    ) as unknown as { resourceTemplates: { uriTemplate: string }[] };
    ok(resourceTemplates.some(({ uriTemplate }) => uriTemplate === "test://items/{id}"));
    const { contents } = await connection.request("resources/read", {
      uri: "test://items/17",
    }) as unknown as { contents: { text?: string }[] };
    equal(contents[0]?.text, "item 17");
  },
} satisfies Feature;
