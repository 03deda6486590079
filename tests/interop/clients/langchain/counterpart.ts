import { pythonClient } from "../../python_client.ts";

export default await pythonClient({
  requirements: new URL("requirements.txt", import.meta.url),
  program: new URL("client.py", import.meta.url),
  name: "client-langchain",
  title: "langchain-mcp-adapters",
  cannot: {
    "goes on when the person is done":
      "it takes no notifications and calls only tools that it has loaded: the next `load_mcp_tools()` has them",
  },
  shown: ["langchain-mcp-adapters", "mcp"],
});
