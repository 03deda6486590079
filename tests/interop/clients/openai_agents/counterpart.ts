import { pythonClient } from "../../python_client.ts";

export default await pythonClient({
  requirements: new URL("requirements.txt", import.meta.url),
  program: new URL("client.py", import.meta.url),
  name: "client-openai-agents",
  title: "OpenAI Agents SDK",
  shown: ["openai-agents", "mcp"],
  handshake: { limit: 15_000, settable: false },
});
