/**
 * The client of the SDK's second version, pinned to 2026-07-28, at a server of its first.
 *
 * @module
 */
import assert from "node:assert/strict";
import { Client } from "@modelcontextprotocol/client";
import { until } from "../../support/until.ts";
import { within } from "../../support/within.ts";
import { type BridgeTransport, bridgeTransport } from "./connect_in_process.ts";
import { type LegacyBackend, startLegacyBackend } from "./legacy_backend.ts";

const hasCode = (code: number) => (error: unknown) => (error as { code: unknown }).code === code;

type Connected = { client: Client; transport: BridgeTransport } & AsyncDisposable;

async function connect(backend: LegacyBackend): Promise<Connected> {
  const transport = bridgeTransport(backend.url);
  const client = new Client({ name: "new", version: "1" }, {
    capabilities: { elicitation: { form: {} }, sampling: {}, roots: {} },
    versionNegotiation: { mode: { pin: "2026-07-28" } },
  });
  // deno-lint-ignore no-explicit-any -- the SDK's type is its own
  await client.connect(transport as any);
  return { client, transport, [Symbol.asyncDispose]: () => client.close() };
}

Deno.test("a client of 2026 does all it can at a server of 2025", async (t) => {
  await using backend = startLegacyBackend();
  await using connected = await connect(backend);
  const { client, transport } = connected;
  const textOf = (result: unknown) =>
    (result as { content: { text: string }[] }).content.map(({ text }) => text).join();
  const call = async (name: string, args: Record<string, unknown> = {}) =>
    textOf(await client.callTool({ name, arguments: args }));

  await t.step("the server says what it is", () => {
    assert.equal(client.getServerVersion()?.name, "interop-sdk-v1");
    assert.deepEqual(client.getServerCapabilities()?.tools, { listChanged: true });
    const { result } = JSON.parse(transport.lines[0]);
    assert.deepEqual(result.supportedVersions, ["2026-07-28"]);
    assert.equal(result.resultType, "complete");
    assert.equal(result.protocolVersion, undefined);
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
  });
  await t.step("resources, and a missing one under the code of its era", async () => {
    const { contents } = await client.readResource({ uri: "test://static" });
    assert.equal((contents[0] as { text: string }).text, "static text");
    await assert.rejects(client.readResource({ uri: "test://nowhere" }), hasCode(-32602));
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
  await t.step("what the server asks is asked of the client", async () => {
    client.setRequestHandler(
      "elicitation/create",
      ({ params }) => ({ action: "accept", content: { answer: `to ${params.message}` } }),
    );
    client.setRequestHandler("sampling/createMessage", () => ({
      role: "assistant",
      model: "m",
      content: { type: "text", text: "sampled" },
    }));
    client.setRequestHandler("roots/list", () => ({ roots: [{ uri: "file:///a" }] }));
    assert.equal(await call("elicit", { message: "this" }), "accept to this");
    await until(() => backend.requests.includes("GET"), "the stream of the server");
    assert.equal(await call("sample", { prompt: "p" }), "sampled");
    assert.equal(await call("roots"), "file:///a");
  });
  await t.step("progress", async () => {
    await client.callTool(
      { name: "slow", arguments: { seconds: 0.1, steps: 3 } },
      { onprogress() {} },
    );
    // The client itself drops one that comes right before the answer.
    const seen = transport.lines.map((line) => JSON.parse(line))
      .filter(({ method }) => method === "notifications/progress")
      .map(({ params }) => params.progress);
    assert.deepEqual(seen, [1, 2, 3]);
  });
  await t.step("changes of lists and of a resource are announced", async () => {
    const changed = Promise.withResolvers<void>();
    const updated = Promise.withResolvers<string>();
    client.setNotificationHandler("notifications/tools/list_changed", () => changed.resolve());
    client.setNotificationHandler(
      "notifications/resources/updated",
      ({ params }) => updated.resolve(params.uri),
    );
    const listening = await client.listen({
      toolsListChanged: true,
      resourceSubscriptions: ["test://watched"],
    });
    await call("grow");
    await within(changed.promise, { what: "list_changed" });
    await call("touch");
    assert.equal(await within(updated.promise, { what: "the update" }), "test://watched");
    await listening.close();
    await until(() => backend.requests.includes("POST resources/unsubscribe"), "unsubscribe");
  });
  await t.step(
    "there was one session, and nothing of the modern era behind the first request",
    () => {
      assert.equal(backend.requests.filter((one) => one === "POST initialize").length, 1);
      assert.equal(backend.requests.filter((one) => one === "POST server/discover").length, 1);
    },
  );
  await client.close();
  assert.equal(backend.sessions, 0);
});
