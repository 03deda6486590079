import { pythonClient } from "../../python_client.ts";

export default await Promise.all(["2", "3", "4"].map((version) =>
  pythonClient({
    requirements: new URL(`../../backends/fastmcp_${version}/requirements.txt`, import.meta.url),
    program: new URL("client.py", import.meta.url),
    name: `client-fastmcp-${version}`,
    title: `FastMCP ${version} client`,
    shown: ["fastmcp", "mcp"],
  })
));
