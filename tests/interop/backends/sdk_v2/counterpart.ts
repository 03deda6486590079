import { join } from "node:path";
import { startBackendProcess } from "../../backend_process.ts";
import type { Backend } from "../../counterpart.ts";
import { installNodePackages } from "../../installation.ts";

const files = ["package.json", "package-lock.json", "catalogue.mjs", "server.mjs"]
  .map((name) => new URL(name, import.meta.url));

const variants = [
  { variant: "dual-era", form: "for clients of 2025 and 2026", eras: ["2025", "2026"] },
  { variant: "modern-only", form: "for clients of 2026 alone", eras: ["2026"] },
  { variant: "legacy-only", form: "sessions, for clients of 2025 alone", eras: ["2025"] },
] as const;

export default variants.map(({ variant, form, eras }): Backend => ({
  name: `sdk-v2-${variant}`,
  title: `TypeScript SDK v2, Express, ${form}`,
  versions: { "@modelcontextprotocol/server": "2.4.0", "@modelcontextprotocol/express": "2.0.2" },
  toolchains: ["node"],
  quick: variant === "modern-only",
  eras,
  files,
  install: (directory, signal) => installNodePackages(directory, { files, signal }),
  start: (options) =>
    startBackendProcess(options, {
      command: "node",
      args: [join(options.directory, "server.mjs")],
      variant,
    }),
}));
