import assert from "node:assert/strict";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { startCompany } from "../support/company.ts";
import { startModernServer } from "../support/modern_server.ts";
import { steadyStart } from "../support/steady_start.ts";
import { programCommand } from "../support/program_command.ts";
import { within } from "../support/within.ts";

Deno.test("client and server of the era of 2026-07-28 meet through the program", async (t) => {
  await using server = startModernServer();
  await using company = await startCompany({ backend: server.url });
  const changed = Promise.withResolvers<void>();
  const client = new Client({ name: "authful-test", version: "1" }, {
    capabilities: { elicitation: { form: {} } },
    versionNegotiation: { mode: { pin: "2026-07-28" } },
    listChanged: { tools: { autoRefresh: false, onChanged: () => changed.resolve() } },
  });
  client.setRequestHandler("elicitation/create", () => ({
    action: "accept",
    content: { confirm: true },
  }));
  const command = await programCommand(company.settings({ env: steadyStart }));
  const connecting = client.connect(new StdioClientTransport({ ...command, stderr: "ignore" }));
  await company.signIn();
  await connecting;
  await using _closed = { [Symbol.asyncDispose]: () => client.close() };

  await t.step("tools", async () => {
    const { tools } = await client.listTools();
    assert.deepEqual(tools.map(({ name }) => name), ["echo", "confirm", "forever"]);
    const { content } = await client.callTool({ name: "echo", arguments: { message: "Grüße" } });
    assert.deepEqual(content, [{ type: "text", text: "Grüße" }]);
  });
  await t.step("a result that needs input first", async () => {
    const { content } = await client.callTool({ name: "confirm", arguments: {} });
    assert.deepEqual(content, [{ type: "text", text: "confirmed" }]);
  });
  await t.step("a cancellation reaches the tool", async () => {
    const stop = new AbortController();
    const call = client.callTool({ name: "forever", arguments: {} }, { signal: stop.signal });
    await company.gateway.requested(({ headers }) => headers.get("mcp-name") === "forever");
    stop.abort();
    await assert.rejects(call);
    await within(server.cancelled, { what: "the cancellation" });
  });
  await t.step("a subscription brings what the server announces", async () => {
    await company.gateway.requested(({ rpcMethods }) =>
      rpcMethods.includes("subscriptions/listen")
    );
    server.toolsChanged();
    await within(changed.promise, { what: "the announcement" });
  });
  await t.step("no session, no stream of the server, no handshake", () => {
    for (const method of ["GET", "DELETE", "initialize"]) {
      assert.equal(company.gateway.count(method), 0, method);
    }
    for (const { headers, rpcMethods } of company.gateway.requests) {
      assert.equal(headers.get("mcp-protocol-version"), "2026-07-28");
      assert.equal(headers.get("mcp-method"), rpcMethods[0]);
    }
  });
});

Deno.test("an open subscription does not keep the program from ending", async () => {
  await using server = startModernServer();
  await using company = await startCompany({ backend: server.url });
  await using program = await company.start();
  await program.send({
    jsonrpc: "2.0",
    id: "listen",
    method: "subscriptions/listen",
    params: {
      notifications: { toolsListChanged: true },
      _meta: {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": { name: "test", version: "1" },
        "io.modelcontextprotocol/clientCapabilities": {},
      },
    },
  });
  await company.signIn();
  await program.message(({ method }) => method === "notifications/subscriptions/acknowledged");
  await program.endInput();
  // Pending answers are waited for 10 s.
  await within(program.exit, { what: "the end of the program", patience: 9_000 });
  assert.equal((await program.exit).code, 0);
  // It is answered all the same.
  const { error } = await program.message(({ id }) => id === "listen");
  assert.ok(error);
});
