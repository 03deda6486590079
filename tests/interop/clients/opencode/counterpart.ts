import { agent } from "../../agent.ts";

/** Why nothing can be told of what comes after the list. */
const killed = "`opencode mcp list` kills its servers when it has listed them";

export default agent({
  url: import.meta.url,
  client: "opencode",
  name: "client-opencode",
  title: "OpenCode",
  versions: { "opencode-linux-x64": "1.18.33" },
  cannot: {
    "lists again after list_changed": "without an account it tells only whether it connects",
    "goes on when the person is done": killed,
  },
  achieves: "connected",
});
