import assert from "node:assert/strict";
// @ts-types="npm:@modelcontextprotocol/sdk@1.32.2/client/index"
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
// @ts-types="npm:@modelcontextprotocol/sdk@1.32.2/client/streamableHttp"
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
// @ts-types="npm:@modelcontextprotocol/sdk@1.32.2/types"
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
  ResultSchema,
} from "@modelcontextprotocol/sdk/types.js";
import { startCompany } from "../support/company.ts";
import { connectSdkClient } from "../support/sdk_client.ts";

const capabilities = {
  sampling: {},
  elicitation: { form: {}, url: {} },
  roots: { listChanged: true },
};

/** Answers what the server asks, always in the same way. */
function prepare(client: Client): void {
  client.setRequestHandler(CreateMessageRequestSchema, () => ({
    model: "test",
    role: "assistant",
    content: { type: "text", text: "sampled" },
  }));
  client.setRequestHandler(ElicitRequestSchema, () => ({
    action: "accept",
    content: { name: "Ada" },
  }));
  client.setRequestHandler(ListRootsRequestSchema, () => ({
    roots: [{ uri: "file:///work", name: "work" }],
  }));
}

/** What a request came to: its result, or the error. */
async function outcome(client: Client, method: string, params?: Record<string, unknown>) {
  try {
    return { result: await client.request({ method, params }, ResultSchema) };
  } catch (error) {
    const { code, message, data } = error as { code?: number; message: string; data?: unknown };
    return { error: { code, message, data } };
  }
}

/** Arguments for the tools of server-everything that want some. */
const toolArguments: Record<string, Record<string, unknown>> = {
  "echo": { message: "Grüße 👋 \u2028" },
  "get-sum": { a: 1.5, b: 2 },
  "get-annotated-message": { messageType: "error", includeImage: true },
  "get-structured-content": { location: "New York" },
  "get-resource-reference": { resourceType: "Text", resourceId: 1 },
  "get-resource-links": { count: 3 },
  "trigger-long-running-operation": { duration: 0.2, steps: 2 },
  "trigger-sampling-request": { prompt: "hello", maxTokens: 10 },
  "gzip-file-as-resource": { name: "x.gz", data: "data:text/plain,hello", outputType: "resource" },
};

/** Tools whose results are not the same twice, or that go on after they have answered. */
const leftOut: Record<string, string> = {
  "get-env": "the environment of the server process, which changes with nothing asked",
  "toggle-simulated-logging": "switches on what the second call switches off",
  "toggle-subscriber-updates": "switches on what the second call switches off",
  "trigger-url-elicitation": "asks with an id made at random",
  "trigger-elicitation-request-async": "a task with an id made at random",
  "trigger-sampling-request-async": "a task with an id made at random",
  "simulate-research-query": "a task with an id made at random",
};

/** What stands for the moment in a text that says when it was made. */
function timeless(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value).replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z|\d{1,2}:\d\d:\d\d [AP]M/g, "<time>"),
  );
}

Deno.test("server-everything answers the same through the program as directly", async (t) => {
  await using company = await startCompany();
  const connecting = connectSdkClient({ ...company.settings(), capabilities, prepare });
  await company.signIn();
  await using bridged = await connecting;
  const direct = new Client({ name: "authful-test", version: "1" }, { capabilities });
  prepare(direct);
  await direct.connect(new StreamableHTTPClientTransport(company.everything.url));
  await using _closed = { [Symbol.asyncDispose]: () => direct.close() };

  const same = async (method: string, params?: Record<string, unknown>) => {
    const there = await outcome(direct, method, params);
    const here = await outcome(bridged.client, method, params);
    assert.deepEqual(timeless(here), timeless(there), `${method} ${JSON.stringify(params)}`);
    return there;
  };

  await t.step("the handshake", () => {
    assert.deepEqual(bridged.client.getServerCapabilities(), direct.getServerCapabilities());
    assert.deepEqual(bridged.client.getServerVersion(), direct.getServerVersion());
    assert.equal(bridged.client.getInstructions(), direct.getInstructions());
  });
  await t.step("ping, logging/setLevel, and methods that nobody has heard of", async () => {
    await same("ping");
    await same("logging/setLevel", { level: "error" });
    await same("nobody/has.heard", { of: ["this", null, 1e21, "\u0000"] });
    await same("tools/call", { name: "no such tool" });
    await same("tools/call", { wrong: "parameters" });
  });
  // Before the tools: one of them adds a resource, which the server then has once for all sessions.
  await t.step("resources", async () => {
    const { result } = await same("resources/list");
    for (const { uri } of result?.resources as { uri: string }[]) {
      await same("resources/read", { uri });
      await same("resources/subscribe", { uri });
      await same("resources/unsubscribe", { uri });
    }
    await same("resources/templates/list");
    await same("resources/read", { uri: "demo://resource/dynamic/text/3" });
    await same("resources/read", { uri: "demo://no/such/resource" });
  });
  await t.step("tools", async (t) => {
    // The server adds tools when it has heard of the client's roots.
    const { result } = await same("tools/list");
    const tools = result?.tools as { name: string }[];
    assert.ok(tools.length >= 12);
    for (const { name } of tools) {
      if (name in leftOut) continue;
      await t.step(name, async () => {
        await same("tools/call", { name, arguments: toolArguments[name] ?? {} });
        // Without its arguments it takes 10 s.
        if (name === "trigger-long-running-operation") return;
        await same("tools/call", { name, arguments: { wrong: true }, _meta: { "x.test/y": 1 } });
      });
    }
  });
  await t.step("prompts and completion", async () => {
    const { result } = await same("prompts/list");
    for (const { name, arguments: parameters } of result?.prompts as Prompt[]) {
      const given = Object.fromEntries((parameters ?? []).map(({ name }) => [name, "1"]));
      await same("prompts/get", { name, arguments: given });
      for (const { name: argument } of parameters ?? []) {
        await same("completion/complete", {
          ref: { type: "ref/prompt", name },
          argument: { name: argument, value: "" },
        });
      }
    }
  });
  await t.step("tasks", async () => {
    await same("tasks/list");
    await same("tasks/get", { taskId: "no such task" });
    await same("tasks/result", { taskId: "no such task" });
    await same("tasks/cancel", { taskId: "no such task" });
  });
});

interface Prompt {
  name: string;
  arguments?: { name: string }[];
}
