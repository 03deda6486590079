import { dirname, join } from "node:path";
import { fromFileUrl } from "../../../support/paths.ts";
import { startBackendProcess } from "../../backend_process.ts";
import type { Backend } from "../../counterpart.ts";
import { runCommand } from "../../running_process.ts";

const files = ["Cargo.toml", "Cargo.lock", "src/main.rs", "src/token.rs"]
  .map((name) => new URL(name, import.meta.url));

const variants = {
  "": "sessions",
  "stateless": "stateless",
  "json": "stateless, JSON answers",
};

export default Object.entries(variants).map(([variant, form]): Backend => ({
  name: variant ? `rmcp-${variant}` : "rmcp",
  title: `rmcp with axum, ${form}`,
  versions: { rmcp: "3.11.0", axum: "0.8.9", jsonwebtoken: "11.1.0" },
  toolchains: ["cargo"],
  // Where there are no sessions, 2026 is the same again.
  eras: variant === "" ? ["2025", "2026"] : ["2025"],
  files,
  async install(directory, signal) {
    const target = join(directory, "target");
    // Only the executable is kept: what it is built from is 60 times as large.
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
    startBackendProcess(options, {
      command: join(options.directory, "bin", "interop-rmcp"),
      variant,
    }),
}));
