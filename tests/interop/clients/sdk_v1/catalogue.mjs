// Goes through the steps that the harness names, with the SDK's first version.
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
} from "@modelcontextprotocol/sdk/types.js";

const tell = (event) => console.log(JSON.stringify(event));
const { SERVER, STEPS } = process.env;

const client = new Client({ name: "interop", version: "1" }, {
  capabilities: { sampling: {}, elicitation: { form: {} }, roots: {} },
});
client.setRequestHandler(CreateMessageRequestSchema, ({ params }) => {
  const [content] = [params.messages[0].content].flat();
  return {
    model: "interop",
    role: "assistant",
    content: { type: "text", text: `sampled: ${content.text}` },
  };
});
client.setRequestHandler(ElicitRequestSchema, () => ({
  action: "accept",
  content: { answer: "elicited" },
}));
client.setRequestHandler(ListRootsRequestSchema, () => ({
  roots: [{ uri: "file:///first", name: "first" }],
}));

const heard = new Set();
let onHeard = () => {};
client.fallbackNotificationHandler = ({ method }) => {
  heard.add(method);
  onHeard();
  return Promise.resolve();
};
const hear = (method) =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no ${method} came`)), 5000);
    onHeard = () => {
      if (!heard.has(method)) return;
      clearTimeout(timer);
      resolve({});
    };
    onHeard();
  });

const textOf = (parts) => parts.map(({ text }) => text ?? "").join("");

async function call({ name, args, cancel }) {
  const stop = new AbortController();
  let progress = 0;
  try {
    const result = await client.callTool({ name, arguments: args }, undefined, {
      signal: stop.signal,
      timeout: 15000,
      onprogress() {
        progress++;
        if (cancel) stop.abort();
      },
    });
    const { content, structuredContent: structured, isError = false } = result;
    return { text: textOf(content), structured, isError, progress };
  } catch (error) {
    if (stop.signal.aborted) return { cancelled: true, progress };
    throw error;
  }
}

async function take(step) {
  switch (step.do) {
    case "call":
      return await call(step);
    case "tools":
      return { names: (await client.listTools()).tools.map(({ name }) => name) };
    case "resources":
      return { names: (await client.listResources()).resources.map(({ uri }) => uri) };
    case "templates": {
      const { resourceTemplates } = await client.listResourceTemplates();
      return { names: resourceTemplates.map(({ uriTemplate }) => uriTemplate) };
    }
    case "prompts":
      return { names: (await client.listPrompts()).prompts.map(({ name }) => name) };
    case "read":
      return { text: textOf((await client.readResource({ uri: step.uri })).contents) };
    case "prompt": {
      const { messages } = await client.getPrompt({ name: step.name, arguments: step.args });
      return { text: textOf(messages.map(({ content }) => content)) };
    }
    case "complete": {
      const { completion } = await client.complete({
        ref: { type: "ref/prompt", name: step.prompt },
        argument: { name: step.argument, value: step.value },
      });
      return { names: completion.values };
    }
    case "level":
      if (client.getServerCapabilities().logging) await client.setLoggingLevel(step.level);
      return {};
    case "subscribe":
      await client.subscribeResource({ uri: step.uri });
      return {};
    case "watch tools":
      return {};
    case "hear":
      return await hear(step.method);
  }
}

try {
  await client.connect(new StdioClientTransport(JSON.parse(SERVER)));
  for (const [at, step] of JSON.parse(STEPS).entries()) {
    const outcome = await take(step).catch(({ message, code }) => ({ error: { message, code } }));
    tell({ event: "step", at, outcome });
  }
  await client.close();
  tell({ event: "closed" });
} catch (error) {
  tell({ event: "error", message: String(error.message) });
  await client.close();
  process.exitCode = 1;
}
