import { agent } from "../../agent.ts";

export default agent({
  url: import.meta.url,
  client: "qwen",
  name: "client-qwen",
  title: "Qwen Code",
  versions: { "@qwen-code/qwen-code": "0.24.4" },
  cannot: {
    "lists again after list_changed": "without an account it tells only whether it connects",
  },
  achieves: "connected",
  driver: "run_list.mjs",
});
