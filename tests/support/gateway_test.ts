import assert from "node:assert/strict";
// @ts-types="npm:@modelcontextprotocol/sdk@1.32.2/client/index"
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
// @ts-types="npm:@modelcontextprotocol/sdk@1.32.2/client/streamableHttp"
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { startEverything } from "./everything.ts";
import { startGateway } from "./gateway.ts";
import { startProvider } from "./provider.ts";

async function machineToken(provider: { issuer: string; clientId: string }): Promise<string> {
  const response = await fetch(`${provider.issuer}/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "client_credentials",
      client_id: provider.clientId,
      client_secret: "secret",
    }),
  });
  return (await response.json()).access_token;
}

Deno.test("the gateway lets good tokens through to server-everything", async () => {
  await using provider = await startProvider({
    clientCredentials: true,
    clients: [{
      client_id: "robot",
      client_secret: "secret",
      token_endpoint_auth_method: "client_secret_post",
      grant_types: ["client_credentials"],
      redirect_uris: [],
      response_types: [],
    }],
  });
  await using everything = await startEverything();
  await using gateway = await startGateway({ provider, backend: everything.url });

  const connect = async () => {
    const client = new Client({ name: "test", version: "1" });
    const token = await machineToken(provider);
    const transport = new StreamableHTTPClientTransport(gateway.url, {
      requestInit: { headers: { authorization: `Bearer ${token}` } },
    });
    await client.connect(transport);
    return client;
  };

  const first = await connect();
  const { tools } = await first.listTools();
  assert.ok(tools.some((tool) => tool.name === "echo"));
  await first.close();

  const without = await fetch(gateway.url, { method: "POST", body: "{}" });
  assert.equal(without.status, 401);
  await without.body?.cancel();
  assert.equal(gateway.refusals(), 1);
  assert.equal(gateway.count("tools/list"), 1);

  await everything.kill();
  await assert.rejects(connect());
  await everything.start();
  await (await connect()).close();

  gateway.refuse(Infinity);
  await assert.rejects(connect());
  gateway.refuse(0);
  await gateway.down();
  await assert.rejects(connect());
  await gateway.up();
  await (await connect()).close();
});
