import { equal, ok } from "node:assert/strict";
import type { Feature } from "./feature.ts";

interface Message {
  role: string;
  content: { text?: string };
}

export default {
  name: "prompts",
  async run({ connect }) {
    const connection = await connect();
    const { prompts } = await connection.request("prompts/list") as unknown as {
      prompts: { name: string }[];
    };
    ok(prompts.some(({ name }) => name === "greet"), "greet is not listed");
    const { messages } = await connection.request("prompts/get", {
      name: "greet",
      arguments: { name: "Ada" },
    }) as unknown as { messages: Message[] };
    equal(messages[0]?.role, "user");
    equal(messages[0]?.content.text, "Hello Ada");
  },
} satisfies Feature;
