import { pythonClient } from "../../python_client.ts";

export default await pythonClient({
  requirements: new URL("../../backends/python_sdk_1/requirements.txt", import.meta.url),
  program: new URL("client.py", import.meta.url),
  catalogue: new URL("catalogue.py", import.meta.url),
  eras: ["2025"],
  name: "client-python-sdk-1",
  title: "Python SDK 1",
  shown: ["mcp"],
  quick: true,
});
