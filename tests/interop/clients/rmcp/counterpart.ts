import { dirname, join } from "node:path";
import { fromFileUrl } from "../../../support/paths.ts";
import { startClientProcess } from "../../client_process.ts";
import type { Client } from "../../counterpart.ts";
import { runCommand } from "../../running_process.ts";

const files = ["Cargo.toml", "Cargo.lock", "src/main.rs"]
  .map((name) => new URL(name, import.meta.url));

export default {
  name: "client-rmcp",
  title: "rmcp",
  versions: { rmcp: "3.11.0" },
  toolchains: ["cargo"],
  files,
  async install(directory, signal) {
    const target = join(directory, "target");
    // Only the executable is kept: what it is built from is far larger.
    await runCommand({
      command: "cargo",
      args: ["install", "--quiet", "--locked", "--debug", "--path", ".", "--root", directory],
      env: { CARGO_TARGET_DIR: target },
      cwd: dirname(fromFileUrl(new URL(import.meta.url))),
      patience: 1_500_000,
      signal,
    });
    await Deno.remove(target, { recursive: true });
  },
  start: (options) =>
    startClientProcess(options, {
      command: join(options.directory, "bin", "interop-rmcp-client"),
      args: [],
    }),
} satisfies Client;
