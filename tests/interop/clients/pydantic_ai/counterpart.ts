import { pythonClient } from "../../python_client.ts";

export default await pythonClient({
  requirements: new URL("requirements.txt", import.meta.url),
  program: new URL("client.py", import.meta.url),
  name: "client-pydantic-ai",
  title: "Pydantic AI",
  shown: ["pydantic-ai-slim", "fastmcp-slim", "mcp"],
  handshake: { limit: 5_000, settable: true },
});
