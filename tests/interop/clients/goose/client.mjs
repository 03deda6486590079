// Lets Goose call the tools of what `setup` has written into its configuration.
import { fileURLToPath } from "node:url";
import { runAgent } from "./run_agent.mjs";

const goose = new URL("node_modules/@aaif/goose-binary-linux-x64/bin/goose", import.meta.url);

await runAgent((model) => ({
  program: fileURLToPath(goose),
  args: ["run", "--no-session", "--text", "Call echo."],
  env: {
    GOOSE_PROVIDER: "openai",
    GOOSE_MODEL: "model",
    GOOSE_MODE: "auto",
    GOOSE_MAX_TURNS: "1000",
    GOOSE_DISABLE_KEYRING: "1",
    OPENAI_API_KEY: "none",
    OPENAI_HOST: model,
  },
}));
