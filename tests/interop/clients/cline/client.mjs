// Lets Cline's command call the tools of what `setup` has written into its configuration.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runAgent } from "./run_agent.mjs";

const cline = new URL("node_modules/@cline/cli-linux-x64/bin/cline", import.meta.url);
const provider = "openai-compatible";

await runAgent(async (model) => {
  // What `cline auth` writes, which takes 10 s.
  const settings = { provider, apiKey: "none", model: "model", baseUrl: `${model}/v1` };
  const providers = {
    version: 1,
    lastUsedProvider: provider,
    modes: {},
    providers: {
      [provider]: { settings, updatedAt: new Date().toISOString(), tokenSource: "manual" },
    },
  };
  const directory = join(process.env.HOME, ".cline", "data", "settings");
  await writeFile(join(directory, "providers.json"), JSON.stringify(providers));
  return {
    program: fileURLToPath(cline),
    args: ["-P", "openai", "-m", "model", "--auto-approve", "true", "Call echo."],
    env: { CLINE_NO_AUTO_UPDATE: "1", CLINE_HUB_PORT: `${await freePort()}` },
  };
});
await endHub();

/** Runs at the same time are not to share its background process. */
async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.on("listening", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Ends the process that it leaves in the background, which is known by this run's home. */
async function endHub() {
  for (const pid of await readdir("/proc")) {
    const words = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    if (words.includes("--cline-hub-daemon") && words.split("\0").includes(process.env.HOME)) {
      process.kill(Number(pid), "SIGKILL");
    }
  }
}
