import { equal, ok } from "node:assert/strict";
import { textOf } from "../connection.ts";
import type { Feature } from "./feature.ts";

export default {
  name: "notifications after a lost session",
  patience: 60_000,
  // Since 2026 there are no sessions: whoever subscribed sees the stream end, and subscribes again.
  only: "2025",
  programOnly: true,
  needs: "list_changed",
  async run({ connect, backend }) {
    const connection = await connect();
    await connection.callTool("echo", { text: "before" });
    await backend.kill();
    await backend.start();
    equal(textOf(await connection.callTool("echo", { text: "after" })), "after");
    const grown = textOf(await connection.callTool("grow"));
    const [name] = /grown_\d+/.exec(grown) ?? [];
    const known = connection.notifications.length;
    await connection.notified("notifications/tools/list_changed");
    ok((await connection.listTools()).includes(name!), `${name} is not listed`);
    ok(known < 50, `${known} notifications`);
  },
} satisfies Feature;
