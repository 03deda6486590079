// A client as the documentation of the SDK's first version has it.
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { ToolListChangedNotificationSchema } from "@modelcontextprotocol/sdk/types.js";

const tell = (event) => console.log(JSON.stringify(event));
const { SERVER, WAIT_FOR_CHANGE, CONNECT_TIMEOUT } = process.env;
const listTools = async () => {
  const { tools } = await client.listTools();
  tell({ event: "tools", names: tools.map(({ name }) => name) });
};

const client = new Client({ name: "interop", version: "1" });
const changed = new Promise((resolve) =>
  client.setNotificationHandler(ToolListChangedNotificationSchema, resolve)
);
try {
  const before = performance.now();
  await client.connect(
    new StdioClientTransport(JSON.parse(SERVER)),
    CONNECT_TIMEOUT ? { timeout: Number(CONNECT_TIMEOUT) } : undefined,
  );
  tell({ event: "connected", ms: Math.round(performance.now() - before) });
  await listTools();
  const { content } = await client.callTool({ name: "echo", arguments: { text: "hello" } });
  tell({ event: "echo", text: content[0].text });
  if (WAIT_FOR_CHANGE) {
    await client.callTool({ name: "grow", arguments: {} });
    await changed;
    tell({ event: "list_changed" });
    await listTools();
  }
  await client.close();
  tell({ event: "closed" });
} catch (error) {
  tell({ event: "error", message: String(error.message) });
  await client.close();
  process.exitCode = 1;
}
