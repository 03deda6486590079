import { equal } from "node:assert/strict";
import type { Feature } from "./feature.ts";

export default {
  name: "logging",
  async run({ connect, era }) {
    const connection = await connect();
    // Not every server wants to be asked before it logs; since 2026 each request says it.
    if (era === "2025" && connection.capabilities.logging) {
      await connection.request("logging/setLevel", { level: "info" });
    }
    await connection.callTool("log", { level: "warning", text: "the disk is nearly full" });
    const { params } = await connection.notified("notifications/message", {
      test: ({ params }) => JSON.stringify(params?.data).includes("the disk is nearly full"),
    });
    equal(params?.level, "warning");
  },
} satisfies Feature;
