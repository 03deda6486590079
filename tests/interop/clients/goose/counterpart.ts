import { agent } from "../../agent.ts";

const again = "it lists again with the next session";

export default agent({
  url: import.meta.url,
  client: "goose",
  name: "client-goose",
  title: "Goose",
  versions: { "@aaif/goose-binary-linux-x64": "1.52.0" },
  cannot: {
    "lists again after list_changed": again,
    "goes on when the person is done": again,
  },
  driver: "run_agent.mjs",
});
