/** The bridge that the SDK's own two transports make: what one gets without writing one. */
import process from "node:process";
// @ts-types="npm:@modelcontextprotocol/sdk@1.32.2/server/stdio"
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
// @ts-types="npm:@modelcontextprotocol/sdk@1.32.2/client/streamableHttp"
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const [url, token] = Deno.args;
const client = new StdioServerTransport();
const backend = new StreamableHTTPClientTransport(new URL(url), {
  requestInit: { headers: { authorization: `Bearer ${token}` } },
});
client.onmessage = (message) => {
  backend.send(message).catch((error) => console.error(String(error)));
};
backend.onmessage = (message) => {
  const version = "result" in message && message.result.protocolVersion;
  if (typeof version === "string") backend.setProtocolVersion(version);
  client.send(message);
};
client.onerror = backend.onerror = (error) => console.error(String(error));
await backend.start();
await client.start();
process.stdin.on("end", async () => {
  await backend.terminateSession().catch(() => {});
  Deno.exit(0);
});
