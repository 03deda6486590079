import { join } from "node:path";
import { startClientProcess } from "../../client_process.ts";
import type { Client } from "../../counterpart.ts";
import { installNodePackages } from "../../installation.ts";

const files = ["package.json", "package-lock.json", "client.mjs"]
  .map((name) => new URL(name, import.meta.url));

export default {
  name: "client-ai-sdk",
  title: "AI SDK",
  versions: { "@ai-sdk/mcp": "2.0.99" },
  toolchains: ["node"],
  cannot: {
    "goes on when the person is done":
      "it takes no notifications and calls only tools that it has listed: whoever calls `tools()` again has them",
  },
  files,
  install: (directory, signal) => installNodePackages(directory, { files, signal }),
  start: (options) =>
    startClientProcess(options, {
      command: "node",
      args: [join(options.directory, "client.mjs")],
    }),
} satisfies Client;
