import { join } from "node:path";
import { fromFileUrl } from "../../../support/paths.ts";
import { startBackendProcess } from "../../backend_process.ts";
import type { Backend, TranslatedCall } from "../../counterpart.ts";
import { installNodePackages } from "../../installation.ts";

const files = ["package.json", "package-lock.json"].map((name) => new URL(name, import.meta.url));

// SQL that takes about this long on a machine of today: so many rows.
const rowsPerSecond = 3_000_000;

/** A statement gives rows, each a JSON object, of which the column `text` is meant. */
function translate(name: string, args: Record<string, unknown>): TranslatedCall {
  if (name === "slow") {
    const rows = Math.round(Number(args.seconds) * rowsPerSecond);
    return { name, args: { rows }, text: columnOf };
  }
  // An argument that is no number is refused with its value.
  if (name === "fail") return { name: "slow", args: { rows: args.message } };
  return { name, args, text: columnOf };
}

function columnOf(row: string): string {
  try {
    return String(JSON.parse(row).text);
  } catch {
    // What is no row says that something went wrong.
    return row;
  }
}

/** Google's server for databases, which validates tokens itself (its "MCP authorization"). */
export default {
  name: "mcp-toolbox",
  title: "MCP Toolbox for Databases, SQLite",
  versions: { "@toolbox-sdk/server-linux-x64": "1.12.0" },
  toolchains: ["node"],
  files,
  translate,
  // The program itself, for Linux on x86-64: elsewhere it cannot be installed, and is ignored.
  install: (directory, signal) => installNodePackages(directory, { files, signal }),
  start: (options) =>
    startBackendProcess(options, {
      command: join(options.directory, "node_modules/@toolbox-sdk/server-linux-x64/bin/toolbox"),
      args: [
        "--config",
        fromFileUrl(new URL("tools.yaml", import.meta.url)),
        "--port",
        String(options.port),
        "--toolbox-url",
        new URL(options.audience).origin,
        "--disable-version-check",
      ],
      ready: /ready to serve/,
    }),
} satisfies Backend;
