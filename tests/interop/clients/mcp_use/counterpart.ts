import { pythonClient } from "../../python_client.ts";

export default await pythonClient({
  requirements: new URL("requirements.txt", import.meta.url),
  program: new URL("client.py", import.meta.url),
  name: "client-mcp-use",
  title: "mcp-use",
  shown: ["mcp-use", "mcp"],
  env: { MCP_USE_ANONYMIZED_TELEMETRY: "false" },
});
