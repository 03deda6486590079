import { agent } from "../../agent.ts";

const again = "it lists again with the next session";

export default agent({
  url: import.meta.url,
  client: "cline",
  name: "client-cline",
  title: "Cline CLI",
  versions: { "@cline/cli-linux-x64": "3.0.65" },
  // Unless its file says otherwise, as setup's does, 3 s.
  handshake: { limit: 60_000, settable: false },
  cannot: {
    "lists again after list_changed": again,
    "goes on when the person is done": again,
  },
  driver: "run_agent.mjs",
});
