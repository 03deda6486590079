import { pythonClient } from "../../python_client.ts";

export default await pythonClient({
  requirements: new URL("requirements.txt", import.meta.url),
  program: new URL("client.py", import.meta.url),
  name: "client-openai-agents",
  title: "OpenAI Agents SDK",
  shown: ["openai-agents", "mcp"],
  cannot: {
    "goes on when the person is done":
      "its requests end after 5 s; after a restart of the client they go through",
  },
  handshake: { limit: 15_000, settable: false },
});
