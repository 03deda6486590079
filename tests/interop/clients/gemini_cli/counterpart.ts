import { agent } from "../../agent.ts";

export default agent({
  url: import.meta.url,
  client: "gemini",
  name: "client-gemini-cli",
  title: "Gemini CLI",
  versions: { "@google/gemini-cli": "0.61.0" },
  handshake: { limit: 5000, settable: false },
  cannot: {
    "lists again after list_changed": "without an account it tells only whether it connects",
  },
  achieves: "connected",
  env: () => ({ GEMINI_CLI_TRUST_WORKSPACE: "true" }),
});
