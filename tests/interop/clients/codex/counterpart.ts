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
  cannot: { "lists again after list_changed": "it lists again with the next thread" },
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
