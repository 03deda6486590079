import { deepEqual } from "node:assert/strict";
import { type Connection, textOf } from "../connection.ts";
import type { Feature } from "./feature.ts";

export default {
  name: "restarted while idle, five callers",
  patience: 60_000,
  programOnly: true,
  needs: "tools",
  async run({ connect, backend }) {
    const connection = await connect();
    await connection.callTool("echo", { text: "before" });
    await backend.kill();
    await backend.start();
    await callFiveTimes(connection);
  },
  // Without a session that goes on, but with all else: a server that has just started is slow, so
  // that more of its answers are ready at the same time.
  async directly({ connect, backend }) {
    await backend.kill();
    await backend.start();
    await callFiveTimes(await connect());
  },
} satisfies Feature;

async function callFiveTimes(connection: Connection): Promise<void> {
  const texts = ["one", "two", "three", "four", "five"];
  const results = await Promise.all(
    texts.map((text) => connection.callTool("echo", { text }, { timeout: 30_000 })),
  );
  deepEqual(results.map(textOf), texts);
}
