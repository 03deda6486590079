// @ts-types="npm:@modelcontextprotocol/sdk@1.32.2/client/index"
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
// @ts-types="npm:@modelcontextprotocol/sdk@1.32.2/shared/transport"
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
// @ts-types="npm:@modelcontextprotocol/sdk@1.32.2/types"
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
  ResultSchema,
} from "@modelcontextprotocol/sdk/types.js";
import type { Connection, RequestOptions, ToolResult } from "./connection.ts";
import { createNotificationLog } from "./notification_log.ts";

/** Connects a client of the TypeScript SDK's first version. */
export async function connect2025(transport: Transport): Promise<Connection> {
  const log = createNotificationLog();
  let roots: readonly string[] = ["file:///first"];
  const client = new Client({ name: "interop", version: "1" }, {
    capabilities: { sampling: {}, elicitation: { form: {} }, roots: { listChanged: true } },
  });
  client.setRequestHandler(CreateMessageRequestSchema, ({ params }) => {
    const content = [params.messages[0]?.content ?? []].flat()[0];
    return {
      model: "interop",
      role: "assistant",
      content: { type: "text", text: `sampled: ${content?.type === "text" ? content.text : ""}` },
    };
  });
  client.setRequestHandler(ElicitRequestSchema, () => ({
    action: "accept",
    content: { answer: "elicited" },
  }));
  client.setRequestHandler(ListRootsRequestSchema, () => ({
    roots: roots.map((uri) => ({ uri, name: uri })),
  }));
  client.fallbackNotificationHandler = (notification) => {
    log.add(notification);
    return Promise.resolve();
  };
  await client.connect(transport);

  const request = (method: string, params?: Record<string, unknown>, options?: RequestOptions) => {
    const { signal, onProgress, timeout = 20_000 } = options ?? {};
    return client.request({ method, params }, ResultSchema, {
      signal,
      timeout,
      onprogress: onProgress,
      resetTimeoutOnProgress: true,
    });
  };
  return {
    capabilities: client.getServerCapabilities() ?? {},
    notifications: log.all,
    notified: log.notified,
    callTool: async (name, args = {}, options) =>
      await request("tools/call", { name, arguments: args }, options) as unknown as ToolResult,
    listTools: async () => (await client.listTools()).tools.map(({ name }) => name),
    request,
    subscribe: async (uri) => {
      await request("resources/subscribe", { uri });
    },
    async setRoots(uris) {
      roots = uris;
      await client.sendRootsListChanged();
    },
    [Symbol.asyncDispose]: () => client.close(),
  };
}
