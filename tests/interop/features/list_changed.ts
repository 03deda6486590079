import { match, ok } from "node:assert/strict";
import { textOf } from "../connection.ts";
import type { Feature } from "./feature.ts";

export default {
  name: "list_changed",
  async run({ connect }) {
    const connection = await connect();
    // As every client does after the handshake; meanwhile the stream for notifications opens.
    await connection.listTools();
    const grow = async () => {
      const grown = textOf(await connection.callTool("grow"));
      match(grown, /grown_\d+/);
      await connection.notified("notifications/tools/list_changed");
      return /grown_\d+/.exec(grown)?.[0];
    };
    // What is said before that stream is open is lost, with a direct client too.
    const name = await grow().catch(grow);
    ok((await connection.listTools()).includes(name!), `${name} is not listed`);
  },
} satisfies Feature;
