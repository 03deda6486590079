import { dirname, join } from "node:path";
import { fromFileUrl } from "../../../support/paths.ts";
import { startClientProcess } from "../../client_process.ts";
import type { Client } from "../../counterpart.ts";
import { runCommand } from "../../running_process.ts";

const files = ["go.mod", "go.sum", "main.go", "catalogue.go"].map((name) =>
  new URL(name, import.meta.url)
);

export default {
  name: "client-go-sdk",
  title: "Go SDK",
  versions: { "modelcontextprotocol/go-sdk": "1.8.0" },
  toolchains: ["go"],
  eras: ["2025", "2026"],
  goesDirectly: true,
  files,
  async install(directory, signal) {
    await runCommand({
      command: "go",
      args: ["build", "-mod=readonly", "-o", join(directory, "client"), "."],
      cwd: dirname(fromFileUrl(new URL(import.meta.url))),
      signal,
    });
  },
  start: (options) =>
    startClientProcess(options, { command: join(options.directory, "client"), args: [] }),
} satisfies Client;
