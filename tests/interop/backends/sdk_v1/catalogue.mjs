// The tools, resources and prompts of the interop catalogue, as the SDK's documentation writes them.
// deno-lint-ignore-file require-await -- handlers of this SDK are async functions throughout
import { McpServer, ResourceTemplate } from "@modelcontextprotocol/sdk/server/mcp.js";
import { completable } from "@modelcontextprotocol/sdk/server/completable.js";
import {
  ElicitResultSchema,
  ErrorCode,
  McpError,
  RootsListChangedNotificationSchema,
  SubscribeRequestSchema,
  UnsubscribeRequestSchema,
} from "@modelcontextprotocol/sdk/types.js";
import * as z from "zod/v4";

const pixel =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const text = (value) => ({ content: [{ type: "text", text: String(value) }] });

const counters = new Map();
let slowRuns = 0;

export function getServer() {
  const server = new McpServer(
    { name: "interop-sdk-v1", version: "1.0.0" },
    { capabilities: { logging: {}, resources: { subscribe: true } } },
  );
  const subscriptions = new Set();
  let grown = 0;

  server.registerTool(
    "echo",
    { inputSchema: { text: z.string() } },
    async (args) => text(args.text),
  );
  server.registerTool(
    "add",
    {
      inputSchema: { a: z.number(), b: z.number() },
      outputSchema: { sum: z.number() },
    },
    async ({ a, b }) => ({ ...text(a + b), structuredContent: { sum: a + b } }),
  );
  server.registerTool("image", {}, async () => ({
    content: [{ type: "image", data: pixel, mimeType: "image/png" }],
  }));
  server.registerTool("fail", { inputSchema: { message: z.string() } }, async ({ message }) => ({
    ...text(message),
    isError: true,
  }));
  server.registerTool("throw", { inputSchema: { message: z.string() } }, async ({ message }) => {
    throw new McpError(ErrorCode.InternalError, message);
  });
  server.registerTool(
    "slow",
    { inputSchema: { seconds: z.number(), steps: z.number().int() } },
    async ({ seconds, steps }, extra) => {
      const run = ++slowRuns;
      const progressToken = extra._meta?.progressToken;
      for (let step = 1; step <= steps; step++) {
        await new Promise((resolve) => setTimeout(resolve, seconds * 1000 / steps));
        if (extra.signal.aborted) break;
        if (progressToken === undefined) continue;
        await extra.sendNotification({
          method: "notifications/progress",
          params: { progressToken, progress: step, total: steps },
        });
      }
      return text(`done ${run}`);
    },
  );
  server.registerTool(
    "log",
    { inputSchema: { level: z.string(), text: z.string() } },
    async (args, extra) => {
      await server.sendLoggingMessage({ level: args.level, data: args.text }, extra.sessionId);
      return text("logged");
    },
  );
  server.registerTool("sample", { inputSchema: { prompt: z.string() } }, async ({ prompt }) => {
    const response = await server.server.createMessage({
      messages: [{ role: "user", content: { type: "text", text: prompt } }],
      maxTokens: 100,
    });
    return text(response.content.type === "text" ? response.content.text : "");
  });
  server.registerTool(
    "elicit",
    { inputSchema: { message: z.string() } },
    async ({ message }, extra) => {
      const { action, content } = await extra.sendRequest({
        method: "elicitation/create",
        params: {
          mode: "form",
          message,
          requestedSchema: {
            type: "object",
            properties: { answer: { type: "string" } },
            required: ["answer"],
          },
        },
      }, ElicitResultSchema);
      return text(`${action} ${content?.answer ?? ""}`);
    },
  );
  server.registerTool("roots", {}, async () => {
    const { roots } = await server.server.listRoots();
    return text(roots.map((root) => root.uri).join(" "));
  });
  server.registerTool(
    "big",
    { inputSchema: { bytes: z.number().int() } },
    async ({ bytes }) => text("x".repeat(bytes)),
  );
  server.registerTool(
    "length",
    { inputSchema: { text: z.string() } },
    async (args) => text(args.text.length),
  );
  server.registerTool(
    "count",
    { inputSchema: { key: z.string(), add: z.number().int() } },
    async ({ key, add }) => {
      counters.set(key, (counters.get(key) ?? 0) + add);
      return text(counters.get(key));
    },
  );
  server.registerTool("grow", {}, async () => {
    const name = `grown_${++grown}`;
    server.registerTool(name, {}, async () => text(name));
    return text(name);
  });
  server.registerTool("touch", {}, async () => {
    if (subscriptions.has("test://watched")) {
      await server.server.sendResourceUpdated({ uri: "test://watched" });
    }
    return text("touched");
  });

  server.registerResource("static", "test://static", { mimeType: "text/plain" }, async (uri) => ({
    contents: [{ uri: uri.href, text: "static text" }],
  }));
  server.registerResource("watched", "test://watched", { mimeType: "text/plain" }, async (uri) => ({
    contents: [{ uri: uri.href, text: "watched text" }],
  }));
  server.registerResource(
    "items",
    new ResourceTemplate("test://items/{id}", { list: undefined }),
    { mimeType: "text/plain" },
    async (uri, { id }) => ({ contents: [{ uri: uri.href, text: `item ${id}` }] }),
  );
  server.server.setRequestHandler(SubscribeRequestSchema, async ({ params }) => {
    subscriptions.add(params.uri);
    return {};
  });
  server.server.setRequestHandler(UnsubscribeRequestSchema, async ({ params }) => {
    subscriptions.delete(params.uri);
    return {};
  });

  server.registerPrompt(
    "greet",
    {
      argsSchema: {
        name: completable(
          z.string(),
          (value) => ["Ada", "Alan", "Grace"].filter((name) => name.startsWith(value)),
        ),
      },
    },
    ({ name }) => ({
      messages: [{ role: "user", content: { type: "text", text: `Hello ${name}` } }],
    }),
  );

  server.server.setNotificationHandler(RootsListChangedNotificationSchema, async () => {
    await server.server.listRoots();
  });
  return server;
}
