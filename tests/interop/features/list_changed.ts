import { match, ok } from "node:assert/strict";
import { textOf } from "../connection.ts";
import type { Feature } from "./feature.ts";

export default {
  name: "list_changed",
  async run({ connect }) {
    const connection = await connect();
    // As every client does after the handshake; meanwhile the stream for notifications opens.
    await connection.listTools();
    const grown = textOf(await connection.callTool("grow"));
    const [name] = /grown_\d+/.exec(grown) ?? [];
    match(grown, /grown_\d+/);
    await connection.notified("notifications/tools/list_changed");
    ok((await connection.listTools()).includes(name!), `${name} is not listed`);
  },
} satisfies Feature;
