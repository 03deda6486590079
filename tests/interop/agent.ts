import { join } from "node:path";
import type { ClientName } from "../../src/cli/setup/client_names.ts";
import { startClientProcess } from "./client_process.ts";
import type { Client, ClientOptions } from "./counterpart.ts";
import { installNodePackages } from "./installation.ts";
import { setUpAgent } from "./set_up_agent.ts";

/** An agent from npm, and what is its own about it. */
export interface Agent
  extends Pick<Client, "name" | "title" | "versions" | "handshake" | "cannot" | "achieves"> {
  /** The URL of its `counterpart.ts`, beside which its `package.json`, lock and `client.mjs` are. */
  url: string;
  /** What setup calls it. */
  client: ClientName;
  /** What its `client.mjs` imports from the folder of the clients. */
  driver?: "run_agent.mjs" | "run_list.mjs";
  /** Its package is made complete by a script of its own. */
  withScripts?: boolean;
  /** Variables that it needs besides what a person's desktop has. */
  env?: (options: ClientOptions) => Record<string, string>;
}

/** A client that starts the program as its own file says, which `setup` has written. */
export function agent(options: Agent): Client {
  const { url, client, driver, withScripts, env, ...told } = options;
  const files = ["package.json", "package-lock.json", "client.mjs"]
    .concat(driver ? [`../${driver}`] : [])
    .map((name) => new URL(name, url));
  return {
    ...told,
    toolchains: ["node"],
    files,
    install: (directory, signal) => installNodePackages(directory, { files, withScripts, signal }),
    async start(options) {
      await setUpAgent(options, { client });
      const { PATH = "", DISPLAY = "" } = options.server.env;
      return await startClientProcess(options, {
        command: "node",
        args: [join(options.directory, "client.mjs")],
        env: { PATH, DISPLAY, ...env?.(options) },
      });
    },
  };
}
