import { join } from "node:path";
import { startClientProcess } from "../../client_process.ts";
import type { Client } from "../../counterpart.ts";
import { installNodePackages } from "../../installation.ts";
import { setUpAgent } from "../../set_up_agent.ts";

const files = ["package.json", "package-lock.json", "client.mjs", "../run_agent.mjs"]
  .map((name) => new URL(name, import.meta.url));

export default {
  name: "client-copilot",
  title: "Copilot CLI",
  versions: { "@github/copilot-linux-x64": "1.0.102" },
  toolchains: ["node"],
  cannot: {
    "left in mid sign-in, the next start needs none":
      "it was seen to kill its servers at its end, too soon for another process to take over the sign-in",
  },
  files,
  install: (directory, signal) => installNodePackages(directory, { files, signal }),
  async start(options) {
    await setUpAgent(options, { client: "copilot" });
    const { server } = options;
    return await startClientProcess(options, {
      command: "node",
      args: [join(options.directory, "client.mjs")],
      // What a person's desktop has.
      env: { PATH: server.env.PATH ?? "", DISPLAY: server.env.DISPLAY ?? "" },
    });
  },
} satisfies Client;
