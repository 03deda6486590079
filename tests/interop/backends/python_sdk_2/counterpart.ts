import { pythonBackends } from "../../python_backends.ts";

export default await pythonBackends({
  requirements: new URL("requirements.txt", import.meta.url),
  program: new URL("server.py", import.meta.url),
  name: "python-sdk-2",
  title: "Python SDK 2",
  shown: ["mcp", "PyJWT"],
  variants: {
    "": "sessions",
    "stateless": "stateless, JSON answers",
    "json": "sessions, JSON answers",
    "sse": "HTTP+SSE",
  },
  quick: [],
  eras: ["2025", "2026"],
});
