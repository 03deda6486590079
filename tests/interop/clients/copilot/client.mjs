// Lets Copilot CLI call the tools of what `setup` has written into its configuration.
import { fileURLToPath } from "node:url";
import { runAgent } from "./run_agent.mjs";

const copilot = new URL("node_modules/@github/copilot-linux-x64/copilot", import.meta.url);

await runAgent((model) => ({
  program: fileURLToPath(copilot),
  args: ["-p", "Call echo.", "--allow-all-tools"],
  env: {
    COPILOT_PROVIDER_BASE_URL: `${model}/v1`,
    COPILOT_PROVIDER_API_KEY: "none",
    COPILOT_MODEL: "model",
    COPILOT_AUTO_UPDATE: "false",
  },
}));
