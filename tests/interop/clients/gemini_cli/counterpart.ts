import { join } from "node:path";
import { startClientProcess } from "../../client_process.ts";
import type { Client } from "../../counterpart.ts";
import { installNodePackages } from "../../installation.ts";
import { setUpAgent } from "../../set_up_agent.ts";

const files = ["package.json", "package-lock.json", "client.mjs"]
  .map((name) => new URL(name, import.meta.url));

export default {
  name: "client-gemini-cli",
  title: "Gemini CLI",
  versions: { "@google/gemini-cli": "0.61.0" },
  toolchains: ["node"],
  handshake: { limit: 5000, settable: false },
  cannot: {
    "lists again after list_changed": "without an account it tells only whether it connects",
  },
  achieves: "connected",
  files,
  install: (directory, signal) => installNodePackages(directory, { files, signal }),
  async start(options) {
    await setUpAgent(options, { client: "gemini" });
    const { server } = options;
    return await startClientProcess(options, {
      command: "node",
      args: [join(options.directory, "client.mjs")],
      env: {
        // What a person's desktop has.
        PATH: server.env.PATH ?? "",
        DISPLAY: server.env.DISPLAY ?? "",
        GEMINI_CLI_TRUST_WORKSPACE: "true",
      },
    });
  },
} satisfies Client;
