import { join } from "node:path";
import { startClientProcess } from "../../client_process.ts";
import type { Client } from "../../counterpart.ts";
import { installNodePackages } from "../../installation.ts";
import { setUpAgent } from "../../set_up_agent.ts";

const files = ["package.json", "package-lock.json", "client.mjs"]
  .map((name) => new URL(name, import.meta.url));

/** Why nothing can be told of what comes after the list. */
const killed = "`opencode mcp list` kills its servers when it has listed them";

export default {
  name: "client-opencode",
  title: "OpenCode",
  versions: { "opencode-linux-x64": "1.18.33" },
  toolchains: ["node"],
  cannot: {
    "lists again after list_changed": "without an account it tells only whether it connects",
    "goes on when the person is done": killed,
  },
  achieves: "connected",
  files,
  install: (directory, signal) => installNodePackages(directory, { files, signal }),
  async start(options) {
    await setUpAgent(options, { client: "opencode" });
    const { server } = options;
    return await startClientProcess(options, {
      command: "node",
      args: [join(options.directory, "client.mjs")],
      // What a person's desktop has.
      env: { PATH: server.env.PATH ?? "", DISPLAY: server.env.DISPLAY ?? "" },
    });
  },
} satisfies Client;
