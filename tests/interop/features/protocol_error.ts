import { ok, rejects } from "node:assert/strict";
import type { Feature } from "./feature.ts";

export default {
  name: "protocol error",
  async run({ connect }) {
    const connection = await connect();
    // The SDKs differ in whether a tool can cause one; all refuse what does not exist.
    await rejects(
      connection.request("prompts/get", { name: "no-such-prompt" }),
      (error: { code?: number; message: string }) => {
        // Not every SDK gives a code that JSON-RPC knows, and -32001 is the client that gave up.
        ok(Number.isInteger(error.code) && error.code !== -32001, error.message);
        return true;
      },
    );
  },
} satisfies Feature;
