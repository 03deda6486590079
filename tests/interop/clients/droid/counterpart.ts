import { agent } from "../../agent.ts";

export default agent({
  url: import.meta.url,
  client: "droid",
  name: "client-droid",
  title: "Factory Droid",
  versions: { "@factory/cli-linux-x64": "0.225.2" },
  cannot: {
    "lists again after list_changed": "without an account it tells only whether it connects",
  },
  achieves: "connected",
  driver: "run_list.mjs",
});
