import { match, rejects } from "node:assert/strict";
import type { Feature } from "./feature.ts";

export default {
  name: "protocol error",
  async run({ connect }) {
    const connection = await connect();
    // The SDKs differ in whether a tool can cause one; all refuse what does not exist.
    await rejects(
      connection.request("prompts/get", { name: "no-such-prompt" }),
      (error: { code?: number; message: string }) => {
        match(String(error.code), /^-32\d{3}$/, `no code of JSON-RPC: ${error.message}`);
        return true;
      },
    );
  },
} satisfies Feature;
