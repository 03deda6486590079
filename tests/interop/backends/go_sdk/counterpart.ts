import { dirname, join } from "node:path";
import { fromFileUrl } from "../../../support/paths.ts";
import { startBackendProcess } from "../../backend_process.ts";
import type { Backend } from "../../counterpart.ts";
import { runCommand } from "../../running_process.ts";

const files = ["go.mod", "go.sum", "main.go"].map((name) => new URL(name, import.meta.url));

const variants = {
  "": "sessions",
  "stateless": "stateless",
  "json": "sessions, JSON answers",
  "sse": "HTTP+SSE",
};

export default Object.entries(variants).map(([variant, form]): Backend => ({
  name: variant ? `go-sdk-${variant}` : "go-sdk",
  title: `Go SDK, ${form}`,
  versions: {
    "modelcontextprotocol/go-sdk": "1.8.0",
    "golang-jwt/jwt": "5.3.1",
    "MicahParks/keyfunc": "3.9.1",
  },
  toolchains: ["go"],
  quick: variant === "",
  transport: variant === "sse" ? "sse" : "streamable-http",
  // A handler with sessions refuses the protocol of 2026.
  eras: variant === "stateless" ? ["2025", "2026"] : ["2025"],
  files,
  async install(directory, signal) {
    await runCommand({
      command: "go",
      args: ["build", "-mod=readonly", "-o", join(directory, "backend"), "."],
      cwd: dirname(fromFileUrl(new URL(import.meta.url))),
      signal,
    });
  },
  start: (options) =>
    startBackendProcess(options, {
      command: join(options.directory, "backend"),
      variant,
      path: variant === "sse" ? "/sse" : "/mcp",
    }),
}));
