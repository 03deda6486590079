import { dirname, join } from "node:path";
import type { ClientName } from "../../src/cli/setup/client_names.ts";
import type { ClientOptions } from "./counterpart.ts";
import { runCommand } from "./running_process.ts";

/** What agents call the server. */
export const agentServer = "interop";

/** What the program writes into an agent's configuration, as somebody does who follows its README. */
export async function setUpAgent(
  { home, server, signal }: ClientOptions,
  { client }: { client: ClientName },
): Promise<void> {
  const url = server.args.at(-1)!;
  const { HOME = "", DENO_DIR, ...env } = server.env;
  // What the agent starts looks for what Deno has downloaded in its home: some agents hand on next
  // to nothing of their environment.
  if (DENO_DIR) {
    const cache = join(home, ".cache", "deno");
    await Deno.mkdir(dirname(cache), { recursive: true });
    await Deno.symlink(DENO_DIR, cache);
  }
  await runCommand({
    command: server.command,
    args: [
      ...server.args.slice(0, -1),
      "setup",
      url,
      ...["--client", client, "--name", agentServer, "--yes", "--no-login", "--no-check"],
      ...["--cache-dir", join(HOME, ".mcp-auth", "authful-mcp-proxy")],
    ],
    env: { ...env, ...DENO_DIR ? { DENO_DIR } : {}, HOME: home },
    clearEnv: true,
    cwd: home,
    signal,
  });
}
