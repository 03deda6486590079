import { join } from "node:path";
import { startClientProcess } from "../../client_process.ts";
import type { Client } from "../../counterpart.ts";
import { installNodePackages } from "../../installation.ts";
import { setUpAgent } from "../../set_up_agent.ts";

const files = ["package.json", "package-lock.json", "client.mjs"]
  .map((name) => new URL(name, import.meta.url));

export default {
  name: "client-claude-code",
  title: "Claude Code",
  versions: { "@anthropic-ai/claude-code": "2.1.332" },
  toolchains: ["node"],
  handshake: { limit: 30_000, settable: true },
  cannot: {
    "lists again after list_changed": "without an account it tells only whether it connects",
  },
  achieves: "connected",
  files,
  install: (directory, signal) =>
    installNodePackages(directory, { files, withScripts: true, signal }),
  async start(options) {
    await setUpAgent(options, { client: "claude-code" });
    const { connectTimeout, server } = options;
    return await startClientProcess(options, {
      command: "node",
      args: [join(options.directory, "client.mjs")],
      env: {
        // What a person's desktop has.
        PATH: server.env.PATH ?? "",
        DISPLAY: server.env.DISPLAY ?? "",
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
        DISABLE_AUTOUPDATER: "1",
        ...connectTimeout ? { MCP_TIMEOUT: String(connectTimeout) } : {},
      },
    });
  },
} satisfies Client;
