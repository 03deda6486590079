import { agent } from "../../agent.ts";

export default agent({
  url: import.meta.url,
  client: "kilo",
  name: "client-kilo",
  title: "Kilo Code CLI",
  versions: { "@kilocode/cli-linux-x64": "7.7.9" },
  cannot: {
    "lists again after list_changed": "without an account it tells only whether it connects",
  },
  achieves: "connected",
  driver: "run_list.mjs",
});
