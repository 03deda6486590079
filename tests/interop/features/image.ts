import { equal, ok } from "node:assert/strict";
import type { Feature } from "./feature.ts";

export default {
  name: "image",
  async run({ connect }) {
    const connection = await connect();
    const { content } = await connection.callTool("image");
    const image = content.find(({ type }) => type === "image");
    equal(image?.mimeType, "image/png");
    ok(atob(image?.data ?? "").startsWith("\x89PNG"), "no PNG");
  },
} satisfies Feature;
