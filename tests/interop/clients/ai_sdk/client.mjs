// A client as the documentation of the AI SDK has it. It takes no notifications: whoever calls
// `tools()` again lists again.
import { createMCPClient } from "@ai-sdk/mcp";
import { Experimental_StdioMCPTransport as StdioTransport } from "@ai-sdk/mcp/mcp-stdio";

const tell = (event) => console.log(JSON.stringify(event));
const { SERVER, WAIT_FOR_CHANGE } = process.env;
let client;
try {
  const before = performance.now();
  client = await createMCPClient({ transport: new StdioTransport(JSON.parse(SERVER)) });
  tell({ event: "connected", ms: Math.round(performance.now() - before) });
  const tools = await client.tools();
  tell({ event: "tools", names: Object.keys(tools) });
  const call = { toolCallId: "1", messages: [] };
  const { content } = await tools.echo.execute({ text: "hello" }, call);
  tell({ event: "echo", text: content[0].text });
  if (WAIT_FOR_CHANGE) {
    await tools.grow.execute({}, call);
    tell({ event: "tools", names: Object.keys(await client.tools()) });
  }
  await client.close();
  tell({ event: "closed" });
} catch (error) {
  tell({ event: "error", message: String(error.message) });
  await client?.close();
  process.exitCode = 1;
}
