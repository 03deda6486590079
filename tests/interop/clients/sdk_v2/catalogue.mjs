// Goes through the steps that the harness names, with the SDK's second version, as a client of ERA.
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";

const tell = (event) => console.log(JSON.stringify(event));
const { SERVER, STEPS, ERA } = process.env;
const isModern = ERA === "2026";

const heard = new Set();
let onHeard = () => {};
const hears = ({ method }) => {
  heard.add(method);
  onHeard();
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

const client = new Client({ name: "interop", version: "1" }, {
  capabilities: { sampling: {}, elicitation: { form: {} }, roots: {} },
  versionNegotiation: { mode: isModern ? { pin: "2026-07-28" } : "legacy" },
  listChanged: {
    tools: {
      autoRefresh: false,
      onChanged: () => hears({ method: "notifications/tools/list_changed" }),
    },
  },
});
client.setRequestHandler("sampling/createMessage", ({ params }) => {
  const [content] = [params.messages[0].content].flat();
  return {
    model: "interop",
    role: "assistant",
    content: { type: "text", text: `sampled: ${content.text}` },
  };
});
client.setRequestHandler("elicitation/create", () => ({
  action: "accept",
  content: { answer: "elicited" },
}));
client.setRequestHandler("roots/list", () => ({
  roots: [{ uri: "file:///first", name: "first" }],
}));
client.setNotificationHandler("notifications/message", hears);
client.setNotificationHandler("notifications/resources/updated", hears);

const textOf = (parts) => parts.map(({ text }) => text ?? "").join("");
let logLevel;

async function call({ name, args, cancel }) {
  const stop = new AbortController();
  let progress = 0;
  const _meta = logLevel && { "io.modelcontextprotocol/logLevel": logLevel };
  try {
    const result = await client.callTool({ name, arguments: args, ..._meta && { _meta } }, {
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
      if (isModern) logLevel = step.level;
      else if (client.getServerCapabilities().logging) await client.setLoggingLevel(step.level);
      return {};
    case "subscribe":
      if (isModern) await client.listen({ resourceSubscriptions: [step.uri] });
      else await client.subscribeResource({ uri: step.uri });
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
    const outcome = await take(step).catch(({ message, code }) => ({
      error: { message, ...typeof code === "number" && { code } },
    }));
    tell({ event: "step", at, outcome });
  }
  await client.close();
  tell({ event: "closed" });
} catch (error) {
  tell({ event: "error", message: String(error.message) });
  await client.close();
  process.exitCode = 1;
}
