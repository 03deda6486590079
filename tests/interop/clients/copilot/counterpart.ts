import { agent } from "../../agent.ts";

export default agent({
  url: import.meta.url,
  client: "copilot",
  name: "client-copilot",
  title: "Copilot CLI",
  versions: { "@github/copilot-linux-x64": "1.0.102" },
  cannot: {
    "left in mid sign-in, the next start needs none":
      "it was seen to kill its servers at its end, too soon for another process to take over the sign-in",
  },
  driver: "run_agent.mjs",
});
