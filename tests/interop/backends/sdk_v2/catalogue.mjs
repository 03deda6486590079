// The tools, resources and prompts of the interop catalogue, for a factory that makes a server for
// each request, as the second version of the SDK has it.
import {
  acceptedContent,
  completable,
  inputRequired,
  inputResponse,
  McpServer,
  ProtocolError,
  ProtocolErrorCode,
  ResourceTemplate,
} from "@modelcontextprotocol/server";
import * as z from "zod";

const pixel =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const text = (value) => ({ content: [{ type: "text", text: String(value) }] });
const none = z.object({});

// A server lives as long as one request; what lasts is here.
const counters = new Map();
const grown = new Set();
let slowRuns = 0;

/** Registers what has grown and the server does not have yet: one that lives longer than a request. */
export function registerGrown(server, known = new Set()) {
  for (const name of grown) {
    if (known.has(name)) continue;
    known.add(name);
    server.registerTool(name, { inputSchema: none }, () => text(name));
  }
}

/** `notify` tells those who subscribed; `known` is filled with what has grown and is registered. */
export function createServer(notify, known) {
  const server = new McpServer(
    { name: "interop-sdk-v2", version: "1.0.0" },
    {
      capabilities: {
        logging: {},
        tools: { listChanged: true },
        resources: { subscribe: true },
      },
    },
  );

  server.registerTool(
    "echo",
    { inputSchema: z.object({ text: z.string() }) },
    (args) => text(args.text),
  );
  server.registerTool(
    "add",
    {
      inputSchema: z.object({ a: z.number(), b: z.number() }),
      outputSchema: z.object({ sum: z.number() }),
    },
    ({ a, b }) => ({ ...text(a + b), structuredContent: { sum: a + b } }),
  );
  server.registerTool("image", { inputSchema: none }, () => ({
    content: [{ type: "image", data: pixel, mimeType: "image/png" }],
  }));
  server.registerTool(
    "fail",
    { inputSchema: z.object({ message: z.string() }) },
    ({ message }) => ({ ...text(message), isError: true }),
  );
  server.registerTool(
    "throw",
    { inputSchema: z.object({ message: z.string() }) },
    ({ message }) => {
      throw new ProtocolError(ProtocolErrorCode.InternalError, message);
    },
  );
  server.registerTool(
    "slow",
    { inputSchema: z.object({ seconds: z.number(), steps: z.number().int() }) },
    async ({ seconds, steps }, { mcpReq }) => {
      const run = ++slowRuns;
      const progressToken = mcpReq._meta?.progressToken;
      for (let step = 1; step <= steps; step++) {
        await new Promise((resolve) => setTimeout(resolve, seconds * 1000 / steps));
        if (mcpReq.signal.aborted) break;
        if (progressToken === undefined) continue;
        await mcpReq.notify({
          method: "notifications/progress",
          params: { progressToken, progress: step, total: steps },
        });
      }
      return text(`done ${run}`);
    },
  );
  server.registerTool(
    "log",
    { inputSchema: z.object({ level: z.string(), text: z.string() }) },
    async (args, { mcpReq }) => {
      await mcpReq.log(args.level, args.text);
      return text("logged");
    },
  );
  server.registerTool(
    "sample",
    { inputSchema: z.object({ prompt: z.string() }) },
    ({ prompt }, { mcpReq }) => {
      const sampled = inputResponse(mcpReq.inputResponses, "sample");
      if (sampled.kind === "sampling") return text([sampled.result.content].flat()[0].text);
      return inputRequired({
        inputRequests: {
          sample: inputRequired.createMessage({
            messages: [{ role: "user", content: { type: "text", text: prompt } }],
            maxTokens: 100,
          }),
        },
      });
    },
  );
  const answered = z.object({ answer: z.string() });
  server.registerTool(
    "elicit",
    { inputSchema: z.object({ message: z.string() }) },
    ({ message }, { mcpReq }) => {
      const content = acceptedContent(mcpReq.inputResponses, "ask", answered);
      if (content) return text(`accept ${content.answer}`);
      return inputRequired({
        inputRequests: { ask: inputRequired.elicit({ message, requestedSchema: answered }) },
      });
    },
  );
  server.registerTool("roots", { inputSchema: none }, (_args, { mcpReq }) => {
    const listed = inputResponse(mcpReq.inputResponses, "roots");
    if (listed.kind === "roots") return text(listed.roots.map(({ uri }) => uri).join(" "));
    return inputRequired({ inputRequests: { roots: inputRequired.listRoots() } });
  });
  server.registerTool(
    "big",
    { inputSchema: z.object({ bytes: z.number().int() }) },
    ({ bytes }) => text("x".repeat(bytes)),
  );
  server.registerTool(
    "length",
    { inputSchema: z.object({ text: z.string() }) },
    (args) => text(args.text.length),
  );
  server.registerTool(
    "count",
    { inputSchema: z.object({ key: z.string(), add: z.number().int() }) },
    ({ key, add }) => {
      counters.set(key, (counters.get(key) ?? 0) + add);
      return text(counters.get(key));
    },
  );
  server.registerTool("grow", { inputSchema: none }, () => {
    const name = `grown_${grown.size + 1}`;
    grown.add(name);
    notify.toolsChanged();
    return text(name);
  });
  registerGrown(server, known);
  server.registerTool("touch", { inputSchema: none }, () => {
    notify.resourceUpdated("test://watched");
    return text("touched");
  });

  server.registerResource("static", "test://static", { mimeType: "text/plain" }, (uri) => ({
    contents: [{ uri: uri.href, text: "static text" }],
  }));
  server.registerResource("watched", "test://watched", { mimeType: "text/plain" }, (uri) => ({
    contents: [{ uri: uri.href, text: "watched text" }],
  }));
  server.registerResource(
    "items",
    new ResourceTemplate("test://items/{id}", { list: undefined }),
    { mimeType: "text/plain" },
    (uri, { id }) => ({ contents: [{ uri: uri.href, text: `item ${id}` }] }),
  );
  server.registerPrompt(
    "greet",
    {
      argsSchema: z.object({
        name: completable(
          z.string(),
          (value) => ["Ada", "Alan", "Grace"].filter((name) => name.startsWith(value)),
        ),
      }),
    },
    ({ name }) => ({
      messages: [{ role: "user", content: { type: "text", text: `Hello ${name}` } }],
    }),
  );
  return server;
}
