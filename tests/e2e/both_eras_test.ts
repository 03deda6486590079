import assert from "node:assert/strict";
import {
  ElicitRequestSchema,
  ToolListChangedNotificationSchema,
  // @ts-types="npm:@modelcontextprotocol/sdk@1.32.2/types"
} from "@modelcontextprotocol/sdk/types.js";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { startCompany } from "../support/company.ts";
import { startEverything } from "../support/everything.ts";
import { startModernServer } from "../support/modern_server.ts";
import { steadyStart } from "../support/steady_start.ts";
import { programCommand } from "../support/program_command.ts";
import { connectSdkClient } from "../support/sdk_client.ts";
import { until } from "../support/until.ts";
import { within } from "../support/within.ts";

Deno.test("a client of 2025 and a server of 2026 meet through the program", async (t) => {
  await using server = startModernServer();
  await using company = await startCompany({ backend: server.url });
  let hasChanged = false;
  const connecting = connectSdkClient({
    ...company.settings(),
    capabilities: { elicitation: {} },
    prepare(client) {
      client.setRequestHandler(
        ElicitRequestSchema,
        () => ({ action: "accept", content: { confirm: true } }),
      );
      client.setNotificationHandler(ToolListChangedNotificationSchema, () => {
        hasChanged = true;
      });
    },
  });
  await company.signIn();
  await using connected = await connecting;
  const { client } = connected;

  await t.step("tools", async () => {
    const { tools } = await client.listTools();
    assert.deepEqual(tools.map(({ name }) => name), ["echo", "confirm", "forever"]);
    const { content } = await client.callTool({ name: "echo", arguments: { message: "Grüße" } });
    assert.deepEqual(content, [{ type: "text", text: "Grüße" }]);
  });
  await t.step("a call that asks the person", async () => {
    const { content } = await client.callTool({ name: "confirm", arguments: {} });
    assert.deepEqual(content, [{ type: "text", text: "confirmed" }]);
  });
  await t.step("a cancellation reaches the tool", async () => {
    const stop = new AbortController();
    const call = client.callTool(
      { name: "forever", arguments: {} },
      undefined,
      { signal: stop.signal },
    );
    await company.gateway.requested(({ headers }) => headers.get("mcp-name") === "forever");
    stop.abort();
    await assert.rejects(call);
    await within(server.cancelled, { what: "the cancellation" });
  });
  await t.step("what the server announces", async () => {
    await company.gateway.requested(({ rpcMethods }) =>
      rpcMethods.includes("subscriptions/listen")
    );
    // The gateway has the subscription before the server has it.
    await until(() => {
      server.toolsChanged();
      return hasChanged;
    }, "the announcement");
  });
  await t.step("no session and no stream of the server", () => {
    for (const method of ["GET", "DELETE"]) assert.equal(company.gateway.count(method), 0, method);
    assert.equal(company.gateway.count("initialize"), 1);
  });
});

for (const transport of ["streamableHttp", "sse"] as const) {
  Deno.test(`a client of 2026 and a server of 2025 meet through the program: ${transport}`, async (t) => {
    await using server = await startEverything({ transport });
    await using company = await startCompany({ backend: server.url });
    const client = new Client({ name: "authful-test", version: "1" }, {
      capabilities: { elicitation: { form: {} }, sampling: {}, roots: {} },
      versionNegotiation: { mode: { pin: "2026-07-28" } },
    });
    const asked: string[] = [];
    client.setRequestHandler("elicitation/create", ({ params }) => {
      asked.push(params.message);
      return params.message.includes("multiple interpretations")
        ? { action: "accept", content: { interpretation: "snake" } }
        : { action: "decline" };
    });
    client.setRequestHandler("sampling/createMessage", () => ({
      role: "assistant",
      model: "m",
      content: { type: "text", text: "sampled here" },
    }));
    client.setRequestHandler("roots/list", () => ({ roots: [{ uri: "file:///here" }] }));
    const command = await programCommand(company.settings({ env: steadyStart }));
    const connecting = client.connect(new StdioClientTransport({ ...command, stderr: "ignore" }));
    await company.signIn();
    await connecting;
    await using _closed = { [Symbol.asyncDispose]: () => client.close() };
    const call = async (name: string, args: Record<string, unknown> = {}) =>
      JSON.stringify((await client.callTool({ name, arguments: args })).content);

    await t.step("the server says what it is", () => {
      assert.equal(client.getProtocolEra(), "modern");
      assert.match(client.getServerVersion()?.name ?? "", /everything/);
    });
    await t.step("tools, resources and prompts", async () => {
      assert((await client.listTools()).tools.length > 5);
      assert.match(await call("echo", { message: "Grüße" }), /Grüße/);
      const { resources } = await client.listResources();
      const { contents } = await client.readResource({ uri: resources[0].uri });
      assert.equal(contents.length, 1);
      assert((await client.listPrompts()).prompts.length > 0);
    });
    await t.step("calls that ask the client", async () => {
      assert.match(
        await call("trigger-sampling-request", { prompt: "p", maxTokens: 10 }),
        /sampled here/,
      );
      assert.match(await call("trigger-elicitation-request"), /declined/);
    });
    await t.step("a tool that is offered as a task only", async () => {
      const args = { topic: "python", ambiguous: true };
      assert.match(
        await call("simulate-research-query", args),
        /Research Report: python \(snake\)/,
      );
      assert.equal(asked.filter((message) => message.includes("interpretations")).length, 1);
      assert.equal(company.gateway.count("tasks/result"), 1);
    });
    await t.step("such a call that is cancelled ends its task", async () => {
      const { gateway } = company;
      const before = gateway.count("tools/call");
      const stop = new AbortController();
      const cancelled = client.callTool(
        { name: "simulate-research-query", arguments: { topic: "none" } },
        { signal: stop.signal },
      );
      await until(() => gateway.count("tasks/result") === 2, "the question for the outcome");
      stop.abort();
      await assert.rejects(cancelled);
      await gateway.requested(({ rpcMethods }) => rpcMethods.includes("tasks/cancel"));
      assert.equal(gateway.count("tools/call"), before + 1);
    });
    await t.step("every session is ended with its process", async () => {
      await client.close();
      if (transport === "sse") return;
      // The client asks server/discover of a process of its own.
      assert.equal(company.gateway.count("DELETE"), company.gateway.count("initialize"));
    });
  });
}
