import { agent } from "../../agent.ts";

export default agent({
  url: import.meta.url,
  client: "codex",
  name: "client-codex",
  title: "Codex",
  versions: { "@openai/codex": "0.169.0" },
  cannot: {
    "lists again after list_changed": "it lists again with the next thread",
    "left in mid sign-in, the next start needs none":
      "it was seen to kill its servers less than 0.1 s after SIGTERM, too soon for another process to take over the sign-in",
  },
  handshake: { limit: 30_000, settable: true },
});
