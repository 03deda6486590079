import { join } from "node:path";
import { startClientProcess } from "../../client_process.ts";
import type { Client } from "../../counterpart.ts";
import { installNodePackages } from "../../installation.ts";
import { setUpAgent } from "../../set_up_agent.ts";

const files = ["package.json", "package-lock.json", "client.mjs", "../run_agent.mjs"]
  .map((name) => new URL(name, import.meta.url));

const again = "it lists again with the next session";

export default {
  name: "client-cline",
  title: "Cline CLI",
  versions: { "@cline/cli-linux-x64": "3.0.65" },
  toolchains: ["node"],
  // Unless its file says otherwise, as setup's does, 3 s.
  handshake: { limit: 60_000, settable: false },
  cannot: {
    "lists again after list_changed": again,
    "goes on when the person is done": again,
  },
  files,
  install: (directory, signal) => installNodePackages(directory, { files, signal }),
  async start(options) {
    await setUpAgent(options, { client: "cline" });
    const { server } = options;
    return await startClientProcess(options, {
      command: "node",
      args: [join(options.directory, "client.mjs")],
      // What a person's desktop has.
      env: { PATH: server.env.PATH ?? "", DISPLAY: server.env.DISPLAY ?? "" },
    });
  },
} satisfies Client;
