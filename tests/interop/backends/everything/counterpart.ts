import { join } from "node:path";
import { startBackendProcess } from "../../backend_process.ts";
import type { Backend, TranslatedCall } from "../../counterpart.ts";
import { installNodePackages } from "../../installation.ts";

const files = ["package.json", "package-lock.json"].map((name) => new URL(name, import.meta.url));

/** Its own tools for those of the catalogue; for the others it has none. */
function translate(name: string, args: Record<string, unknown>): TranslatedCall | undefined {
  if (name === "echo") {
    return {
      name: "echo",
      args: { message: args.text },
      text: (text) => text.replace(/^Echo: /, ""),
    };
  }
  if (name === "image") return { name: "get-tiny-image", args: {} };
  if (name === "slow") {
    return {
      name: "trigger-long-running-operation",
      args: { duration: args.seconds, steps: args.steps },
      text: (text) => text.replace(/^Long running operation completed.*$/s, "done 1"),
    };
  }
  if (name === "sample") {
    return {
      name: "trigger-sampling-request",
      args: { prompt: args.prompt, maxTokens: 10 },
      text: (text) => (text.includes("sampled: ") ? `sampled: ${args.prompt}` : text),
    };
  }
  if (name === "elicit") return { name: "trigger-elicitation-request", args: {} };
  if (name === "roots") {
    return {
      name: "get-roots-list",
      args: {},
      text: (text) => [...text.matchAll(/URI: (\S+)/g)].map(([, uri]) => uri).join(" "),
    };
  }
}

/** The reference server as it is: it has no authorization, so that nothing looks at the token. */
export default (["streamableHttp", "sse"] as const).map((transport): Backend => ({
  name: transport === "sse" ? "everything-sse" : "everything",
  title: `server-everything, ${transport === "sse" ? "HTTP+SSE" : "Streamable HTTP"}`,
  versions: { "@modelcontextprotocol/server-everything": "2026.8.31" },
  toolchains: ["node"],
  transport: transport === "sse" ? "sse" : "streamable-http",
  files,
  translate,
  install: (directory, signal) => installNodePackages(directory, { files, signal }),
  start: (options) =>
    startBackendProcess(options, {
      command: "node",
      args: [
        join(
          options.directory,
          "node_modules/@modelcontextprotocol/server-everything/dist/index.js",
        ),
        transport,
      ],
      path: transport === "sse" ? "/sse" : "/mcp",
      ready: /(listening|running) on port/,
    }),
}));
