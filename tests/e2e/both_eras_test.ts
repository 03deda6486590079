import assert from "node:assert/strict";
import {
  ElicitRequestSchema,
  ToolListChangedNotificationSchema,
  // @ts-types="npm:@modelcontextprotocol/sdk@1.32.2/types"
} from "@modelcontextprotocol/sdk/types.js";
import { startCompany } from "../support/company.ts";
import { startModernServer } from "../support/modern_server.ts";
import { connectSdkClient } from "../support/sdk_client.ts";
import { within } from "../support/within.ts";

Deno.test("a client of 2025 and a server of 2026 meet through the program", async (t) => {
  await using server = startModernServer();
  await using company = await startCompany({ backend: server.url });
  const changed = Promise.withResolvers<void>();
  const connecting = connectSdkClient({
    ...company.settings(),
    capabilities: { elicitation: {} },
    prepare(client) {
      client.setRequestHandler(
        ElicitRequestSchema,
        () => ({ action: "accept", content: { confirm: true } }),
      );
      client.setNotificationHandler(ToolListChangedNotificationSchema, () => changed.resolve());
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
    server.toolsChanged();
    await within(changed.promise, { what: "the announcement" });
  });
  await t.step("no session and no stream of the server", () => {
    for (const method of ["GET", "DELETE"]) assert.equal(company.gateway.count(method), 0, method);
    assert.equal(company.gateway.count("initialize"), 1);
  });
});
