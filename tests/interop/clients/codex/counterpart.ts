import { join } from "node:path";
import { startClientProcess } from "../../client_process.ts";
import type { Client } from "../../counterpart.ts";
import { installNodePackages } from "../../installation.ts";
import { setUpAgent } from "../../set_up_agent.ts";

const files = ["package.json", "package-lock.json", "client.mjs"]
  .map((name) => new URL(name, import.meta.url));

export default {
  name: "client-codex",
  title: "Codex",
  versions: { "@openai/codex": "0.169.0" },
  toolchains: ["node"],
  cannot: {
    "lists again after list_changed": "it lists again with the next thread",
    "left in mid sign-in, the next start needs none":
      "it was seen to kill its servers less than 0.1 s after SIGTERM, too soon for another process to take over the sign-in",
  },
  handshake: { limit: 30_000, settable: true },
  files,
  install: (directory, signal) => installNodePackages(directory, { files, signal }),
  async start(options) {
    await setUpAgent(options, { client: "codex" });
    const { server } = options;
    return await startClientProcess(options, {
      command: "node",
      args: [join(options.directory, "client.mjs")],
      // What a person's desktop has.
      env: { PATH: server.env.PATH ?? "", DISPLAY: server.env.DISPLAY ?? "" },
    });
  },
} satisfies Client;
