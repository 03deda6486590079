import { Client, type Transport } from "@modelcontextprotocol/client";
import type { Connection, RequestOptions, ToolResult } from "./connection.ts";
import { createNotificationLog } from "./notification_log.ts";

/** Connects a client of the TypeScript SDK's second version, which speaks nothing but 2026-07-28. */
export async function connect2026(transport: Transport): Promise<Connection> {
  const log = createNotificationLog();
  let roots: readonly string[] = ["file:///first"];
  const client = new Client({ name: "interop", version: "1" }, {
    capabilities: { sampling: {}, elicitation: { form: {} }, roots: { listChanged: true } },
    versionNegotiation: { mode: { pin: "2026-07-28" } },
    listChanged: {
      tools: {
        autoRefresh: false,
        onChanged: () => log.add({ method: "notifications/tools/list_changed" }),
      },
    },
  });
  client.setRequestHandler("sampling/createMessage", ({ params }) => {
    const content = [params.messages[0]?.content ?? []].flat()[0];
    return {
      model: "interop",
      role: "assistant",
      content: { type: "text", text: `sampled: ${content?.type === "text" ? content.text : ""}` },
    };
  });
  client.setRequestHandler("elicitation/create", () => ({
    action: "accept",
    content: { answer: "elicited" },
  }));
  client.setRequestHandler("roots/list", () => ({
    roots: roots.map((uri) => ({ uri, name: uri })),
  }));
  for (
    const method of [
      "notifications/resources/updated",
      "notifications/message",
    ] as const
  ) client.setNotificationHandler(method, (notification) => log.add(notification as never));
  await client.connect(transport);

  const toOptions = ({ signal, onProgress, timeout = 20_000 }: RequestOptions = {}) => ({
    signal,
    timeout,
    onprogress: onProgress,
    resetTimeoutOnProgress: true,
  });
  return {
    capabilities: { ...client.getServerCapabilities() },
    notifications: log.all,
    notified: log.notified,
    callTool: async (name, args = {}, options) =>
      await client.callTool(
        { name, arguments: args, _meta: { "io.modelcontextprotocol/logLevel": "info" } },
        toOptions(options),
      ) as unknown as ToolResult,
    listTools: async () => (await client.listTools()).tools.map(({ name }) => name),
    request: async (method, params, options) =>
      await client.request({ method, params } as never, toOptions(options)) as never,
    async subscribe(uri) {
      await client.listen({ resourceSubscriptions: [uri] });
    },
    async setRoots(uris) {
      roots = uris;
      await client.sendRootsListChanged();
    },
    [Symbol.asyncDispose]: () => client.close(),
  };
}
