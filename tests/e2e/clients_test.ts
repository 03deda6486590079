import assert from "node:assert/strict";
// @ts-types="npm:@modelcontextprotocol/sdk@1.32.2/types"
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
  LoggingMessageNotificationSchema,
  ResourceUpdatedNotificationSchema,
} from "@modelcontextprotocol/sdk/types.js";
import { startCompany } from "../support/company.ts";
import { npmCommand } from "../support/npm_command.ts";
import { steadyStart } from "../support/steady_start.ts";
import { programCommand } from "../support/program_command.ts";
import { connectSdkClient } from "../support/sdk_client.ts";
import { within } from "../support/within.ts";

Deno.test("the SDK's client has every feature of server-everything through the program", async (t) => {
  await using company = await startCompany();
  const asked: string[] = [];
  const noted: { method: string; params?: unknown }[] = [];
  const watchers = new Set<() => void>();
  const notification = (test: (note: { method: string; params?: unknown }) => boolean) =>
    within(
      new Promise<void>((resolve) => {
        const look = () => noted.some(test) && resolve();
        watchers.add(look);
        look();
      }),
      { what: "a notification" },
    );
  const connecting = connectSdkClient({
    ...company.settings(),
    capabilities: {
      sampling: {},
      elicitation: { form: {}, url: {} },
      roots: { listChanged: true },
    },
    prepare(client) {
      client.setRequestHandler(CreateMessageRequestSchema, () => {
        asked.push("sampling");
        return { model: "test", role: "assistant", content: { type: "text", text: "sampled" } };
      });
      client.setRequestHandler(ElicitRequestSchema, () => {
        asked.push("elicitation");
        return { action: "accept", content: { name: "Ada" } };
      });
      client.setRequestHandler(ListRootsRequestSchema, () => {
        asked.push("roots");
        return { roots: [{ uri: "file:///work", name: "work" }] };
      });
      for (const schema of [LoggingMessageNotificationSchema, ResourceUpdatedNotificationSchema]) {
        client.setNotificationHandler(schema, (note) => {
          noted.push(note);
          for (const look of watchers) look();
        });
      }
    },
  });
  await company.signIn();
  await using connected = await connecting;
  const { client } = connected;

  await t.step("tools", async () => {
    const { tools } = await client.listTools();
    assert.ok(tools.length >= 12, `${tools.length} tools`);
    const sum = await client.callTool({ name: "get-sum", arguments: { a: 20, b: 22 } });
    assert.match(JSON.stringify(sum.content), /42/);
    const image = await client.callTool({ name: "get-tiny-image", arguments: {} });
    assert.match(JSON.stringify(image.content), /image\/png/);
  });
  await t.step("progress", async () => {
    const seen: number[] = [];
    await client.callTool(
      { name: "trigger-long-running-operation", arguments: { duration: 0.3, steps: 3 } },
      undefined,
      { onprogress: ({ progress }) => void seen.push(progress) },
    );
    // The SDK's client forgets its handler with the answer, which the last one comes along with.
    assert.deepEqual(seen, [1, 2, 3].slice(0, Math.max(2, seen.length)));
  });
  await t.step("cancellation", async () => {
    const stop = new AbortController();
    const call = client.callTool(
      { name: "trigger-long-running-operation", arguments: { duration: 60, steps: 600 } },
      undefined,
      { signal: stop.signal, onprogress: () => stop.abort() },
    );
    await assert.rejects(call);
    await company.gateway.requested((request) =>
      request.rpcMethods.includes("notifications/cancelled")
    );
  });
  await t.step("sampling", async () => {
    const result = await client.callTool({
      name: "trigger-sampling-request",
      arguments: { prompt: "hello", maxTokens: 10 },
    });
    assert.match(JSON.stringify(result.content), /sampled/);
    assert.ok(asked.includes("sampling"));
  });
  await t.step("elicitation", async () => {
    const result = await client.callTool({ name: "trigger-elicitation-request", arguments: {} });
    assert.ok(asked.includes("elicitation"));
    assert.match(JSON.stringify(result.content), /Ada/);
  });
  await t.step("roots", async () => {
    const result = await client.callTool({ name: "get-roots-list", arguments: {} });
    assert.match(JSON.stringify(result.content), /file:\/\/\/work/);
    assert.ok(asked.includes("roots"));
  });
  await t.step("prompts and completion", async () => {
    const { prompts } = await client.listPrompts();
    assert.ok(prompts.length >= 3);
    const [first] = prompts;
    assert.ok((await client.getPrompt({ name: first!.name })).messages.length > 0);
    const { completion } = await client.complete({
      ref: { type: "ref/prompt", name: "completable-prompt" },
      argument: { name: "department", value: "E" },
    });
    assert.ok(Array.isArray(completion.values));
  });
  await t.step("resources and subscriptions", async () => {
    const { resources } = await client.listResources();
    const { resourceTemplates } = await client.listResourceTemplates();
    assert.ok(resourceTemplates.length > 0);
    const uri = resources[0]!.uri;
    assert.ok((await client.readResource({ uri })).contents.length > 0);
    await client.subscribeResource({ uri });
    await client.callTool({ name: "toggle-subscriber-updates", arguments: {} });
    await notification((note) => note.method === "notifications/resources/updated");
    await client.unsubscribeResource({ uri });
  });
  await t.step("logging", async () => {
    await client.setLoggingLevel("debug");
    await client.callTool({ name: "toggle-simulated-logging", arguments: {} });
    await notification((note) => note.method === "notifications/message");
  });
});

Deno.test("the Inspector's command line lists and calls tools through the program", async () => {
  await using company = await startCompany();
  {
    await using program = await company.start();
    await Promise.all([company.signIn(), program.initialize()]);
  }
  const { command, args, env } = await programCommand(company.settings({ env: steadyStart }));
  const inspect = async (...more: string[]) => {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        "--quiet",
        ...npmCommand("@modelcontextprotocol/inspector"),
        "--cli",
        ...Object.entries(env).flatMap(([name, value]) => ["-e", `${name}=${value}`]),
        ...more,
        "--",
        command,
        ...args,
      ],
      stdin: "null",
    }).output();
    const decoder = new TextDecoder();
    assert.equal(code, 0, decoder.decode(stderr));
    return JSON.parse(decoder.decode(stdout));
  };
  const { tools } = await inspect("--method", "tools/list");
  assert.ok(tools.some((tool: { name: string }) => tool.name === "echo"));
  const { content } = await inspect(
    "--method",
    "tools/call",
    "--tool-name",
    "echo",
    "--tool-arg",
    "message=inspected",
  );
  assert.deepEqual(content, [{ type: "text", text: "Echo: inspected" }]);
});
