import { join } from "node:path";
import { startClientProcess } from "../../client_process.ts";
import type { Client } from "../../counterpart.ts";
import { installNodePackages } from "../../installation.ts";
import { setUpAgent } from "../../set_up_agent.ts";

const files = ["package.json", "package-lock.json", "client.mjs", "../run_list.mjs"]
  .map((name) => new URL(name, import.meta.url));

export default {
  name: "client-kilo",
  title: "Kilo Code CLI",
  versions: { "@kilocode/cli-linux-x64": "7.7.9" },
  toolchains: ["node"],
  cannot: {
    "lists again after list_changed": "without an account it tells only whether it connects",
  },
  achieves: "connected",
  files,
  install: (directory, signal) => installNodePackages(directory, { files, signal }),
  async start(options) {
    await setUpAgent(options, { client: "kilo" });
    const { server } = options;
    return await startClientProcess(options, {
      command: "node",
      args: [join(options.directory, "client.mjs")],
      // What a person's desktop has.
      env: { PATH: server.env.PATH ?? "", DISPLAY: server.env.DISPLAY ?? "" },
    });
  },
} satisfies Client;
