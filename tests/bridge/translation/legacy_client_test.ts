/**
 * The client of the SDK's first version at a server of its second that speaks 2026-07-28 only.
 *
 * @module
 */
import assert from "node:assert/strict";
// @ts-types="npm:@modelcontextprotocol/sdk@1.32.2/client/index"
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
  LoggingMessageNotificationSchema,
  type McpError,
  ResourceUpdatedNotificationSchema,
  ToolListChangedNotificationSchema,
  // @ts-types="npm:@modelcontextprotocol/sdk@1.32.2/types"
} from "@modelcontextprotocol/sdk/types.js";
import { until } from "../../support/until.ts";
import { within } from "../../support/within.ts";
import { type BridgeTransport, bridgeTransport } from "./connect_in_process.ts";
import { type ModernBackend, startModernBackend } from "./modern_backend.ts";

const hasCode = (code: number) => (error: unknown) => (error as McpError).code === code;

const capabilities = { elicitation: {}, sampling: {}, roots: { listChanged: true } };

async function connect(
  backend: ModernBackend,
): Promise<{ client: Client; transport: BridgeTransport } & AsyncDisposable> {
  const transport = bridgeTransport(backend.url);
  const client = new Client({ name: "old", version: "1" }, { capabilities });
  // deno-lint-ignore no-explicit-any -- the SDK's type wants a session id, too
  await client.connect(transport as any);
  return { client, transport, [Symbol.asyncDispose]: () => client.close() };
}

Deno.test("a client of 2025 does all it can at a server of 2026", async (t) => {
  await using backend = startModernBackend();
  await using connected = await connect(backend);
  const { client, transport } = connected;
  const textOf = (result: unknown) =>
    (result as { content: { text: string }[] }).content.map(({ text }) => text).join();
  const call = async (name: string, args: Record<string, unknown> = {}) =>
    textOf(await client.callTool({ name, arguments: args }));

  await t.step("the handshake says what the server is", () => {
    assert.equal(client.getServerVersion()?.name, "interop-sdk-v2");
    assert.deepEqual(client.getServerCapabilities()?.tools, { listChanged: true });
    const { result } = JSON.parse(transport.lines[0]);
    assert.equal(result.protocolVersion, "2025-11-25");
    for (const member of ["supportedVersions", "resultType", "ttlMs", "cacheScope"]) {
      assert.equal(result[member], undefined, member);
    }
  });
  await t.step("tools", async () => {
    const { tools } = await client.listTools();
    assert(tools.some(({ name }) => name === "echo"));
    assert.equal(await call("echo", { text: "Grüße" }), "Grüße");
    const { structuredContent } = await client.callTool({
      name: "add",
      arguments: { a: 1, b: 2 },
    });
    assert.deepEqual(structuredContent, { sum: 3 });
    const failed = await client.callTool({ name: "fail", arguments: { message: "no" } });
    assert.equal(failed.isError, true);
    await assert.rejects(client.callTool({ name: "nothing" }), hasCode(-32602));
  });
  await t.step("resources, and a missing one under the code of its era", async () => {
    const { contents } = await client.readResource({ uri: "test://static" });
    assert.equal((contents[0] as { text: string }).text, "static text");
    const { resourceTemplates } = await client.listResourceTemplates();
    assert.equal(resourceTemplates.length, 1);
    await assert.rejects(
      client.readResource({ uri: "test://nowhere" }),
      hasCode(-32002),
    );
  });
  await t.step("prompts and completion", async () => {
    const { messages } = await client.getPrompt({ name: "greet", arguments: { name: "Ada" } });
    assert.deepEqual(messages[0].content, { type: "text", text: "Hello Ada" });
    const { completion } = await client.complete({
      ref: { type: "ref/prompt", name: "greet" },
      argument: { name: "name", value: "A" },
    });
    assert.deepEqual(completion.values, ["Ada", "Alan"]);
  });
  await t.step("what the server wants to know is asked of the client", async () => {
    client.setRequestHandler(
      ElicitRequestSchema,
      ({ params }) => ({ action: "accept", content: { answer: `to ${params.message}` } }),
    );
    client.setRequestHandler(CreateMessageRequestSchema, () => ({
      role: "assistant",
      model: "m",
      content: { type: "text", text: "sampled" },
    }));
    client.setRequestHandler(ListRootsRequestSchema, () => ({ roots: [{ uri: "file:///a" }] }));
    assert.equal(await call("elicit", { message: "this" }), "accept to this");
    assert.equal(await call("sample", { prompt: "p" }), "sampled");
    assert.equal(await call("roots"), "file:///a");
  });
  await t.step("progress", async () => {
    const seen: number[] = [];
    await client.callTool(
      { name: "slow", arguments: { seconds: 0.1, steps: 3 } },
      undefined,
      { onprogress: ({ progress }) => seen.push(progress) },
    );
    assert.deepEqual(seen, [1, 2, 3]);
  });
  await t.step("log messages come once a level is set, and not before", async () => {
    const seen: unknown[] = [];
    client.setNotificationHandler(
      LoggingMessageNotificationSchema,
      ({ params }) => void seen.push(params.data),
    );
    await call("log", { level: "info", text: "unheard" });
    await client.setLoggingLevel("info");
    await call("log", { level: "info", text: "heard" });
    await call("log", { level: "debug", text: "too low" });
    await until(() => seen.length > 0, "the message");
    assert.deepEqual(seen, ["heard"]);
    // deno-lint-ignore no-explicit-any -- what no client would send
    const wrong = client.setLoggingLevel("loud" as any);
    await assert.rejects(wrong, hasCode(-32602));
  });
  await t.step("ping is answered without the backend", async () => {
    const before = backend.requests.length;
    await client.ping();
    assert.equal(backend.requests.length, before);
  });
  await t.step("changes of lists and of a resource are announced", async () => {
    const changed = Promise.withResolvers<void>();
    const updated = Promise.withResolvers<string>();
    client.setNotificationHandler(
      ToolListChangedNotificationSchema,
      () => changed.resolve(),
    );
    client.setNotificationHandler(
      ResourceUpdatedNotificationSchema,
      ({ params }) => updated.resolve(params.uri),
    );
    await call("grow");
    await within(changed.promise, { what: "list_changed" });
    await client.subscribeResource({ uri: "test://watched" });
    await call("touch");
    assert.equal(await within(updated.promise, { what: "the update" }), "test://watched");
    await client.unsubscribeResource({ uri: "test://watched" });
    const line = transport.lines.find((line) => line.includes("resources/updated"));
    assert(!line?.includes("subscriptionId"), line);
  });
  await t.step("nothing of the legacy era reached the backend but the first request", () => {
    assert.equal(backend.requests[0], "POST");
    assert.equal(backend.requests[1], "POST server/discover");
    assert(backend.requests.slice(1).every((one) => one.startsWith("POST ")), "GET or DELETE");
    assert(!backend.requests.includes("POST initialize"));
  });
});

Deno.test("a backend of both eras is not translated", async () => {
  await using backend = startModernBackend({ legacy: true });
  await using connected = await connect(backend);
  await connected.client.listTools();
  assert(!backend.requests.some((one) => one.includes("server/discover")));
  assert(!connected.transport.logged.some((line) => line.includes("translated")));
});
