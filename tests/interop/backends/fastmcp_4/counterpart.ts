import { pythonBackends } from "../../python_backends.ts";

export default await pythonBackends({
  requirements: new URL("requirements.txt", import.meta.url),
  program: new URL("server.py", import.meta.url),
  name: "fastmcp-4",
  title: "FastMCP 4",
  shown: ["fastmcp", "mcp"],
  variants: {
    "": "sessions",
    "stateless": "stateless",
    "json": "sessions, JSON answers",
    "sse": "HTTP+SSE",
  },
  quick: [],
  eras: ["2025", "2026"],
});
