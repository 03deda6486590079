import { join } from "node:path";
import { startBackendProcess } from "../../backend_process.ts";
import type { Backend } from "../../counterpart.ts";
import { installNodePackages } from "../../installation.ts";

const files = ["package.json", "package-lock.json", "catalogue.mjs", "server.mjs"]
  .map((name) => new URL(name, import.meta.url));

/** The three forms in which TypeScript servers are really written, with the SDK's first version. */
const variants = {
  "session-map": "a transport for each session",
  "post-only": "the POST route alone",
  "stateless": "stateless",
};

export default Object.entries(variants).map(([variant, form]): Backend => ({
  name: `sdk-v1-${variant}`,
  title: `TypeScript SDK v1, Express, ${form}`,
  versions: { "@modelcontextprotocol/sdk": "1.32.2", express: "5.2.1" },
  toolchains: ["node"],
  quick: variant !== "stateless",
  files,
  install: (directory, signal) => installNodePackages(directory, { files, signal }),
  start: (options) =>
    startBackendProcess(options, {
      command: "node",
      args: [join(options.directory, "server.mjs")],
      variant,
    }),
}));
