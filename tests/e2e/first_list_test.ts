/**
 * What a client waits for until it has its first list: over a network that is slow, each connection
 * that has to be set up and each answer that is waited for before counts.
 *
 * @module
 */
import assert from "node:assert/strict";
import { startCompany } from "../support/company.ts";
import { certificateFile } from "../support/https_server.ts";
import type { Program } from "../support/program.ts";
import { startRelay } from "../support/relay.ts";
import { within } from "../support/within.ts";

const unused = new URL("http://127.0.0.1:9/unused");

/** A request, and the connection that it came on, as the port of its other end. */
interface Received {
  what: string;
  connection: number;
}

/**
 * A backend that takes the initialized notification when it is told to, answers the list when it was
 * asked for its stream, and says of that only at the end that there is none.
 */
function startBackend(tls: { cert?: string; key?: string } = {}) {
  const received: Received[] = [];
  const taken = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const streamed = Promise.withResolvers<void>();
  const answer = async (request: Request, { remoteAddr }: Deno.ServeHandlerInfo<Deno.NetAddr>) => {
    const message = request.method === "POST" ? await request.json() : undefined;
    received.push({ what: message?.method ?? request.method, connection: remoteAddr.port });
    switch (message?.method ?? request.method) {
      case "initialize":
        return Response.json({
          jsonrpc: "2.0",
          id: message.id,
          result: {
            protocolVersion: message.params.protocolVersion,
            capabilities: { tools: {} },
            serverInfo: { name: "first", version: "1" },
          },
        });
      case "notifications/initialized":
        await taken.promise;
        return new Response(null, { status: 202 });
      case "GET":
        asked.resolve();
        await streamed.promise;
        return new Response(null, { status: 405 });
      case "tools/list":
        await asked.promise;
        return Response.json({ jsonrpc: "2.0", id: message.id, result: { tools: [] } });
      default:
        return new Response(null, { status: 200 });
    }
  };
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {}, ...tls }, answer);
  return {
    port: server.addr.port,
    received,
    /** Takes the initialized notification. */
    take: taken.resolve,
    /** Resolves when the stream of the backend was asked for. */
    streamAsked: () => within(asked.promise, { what: "the GET" }),
    async [Symbol.asyncDispose]() {
      taken.resolve();
      streamed.resolve();
      await server.shutdown();
    },
  };
}

/** Asks for the tools, and resolves when the program has read that. */
async function askForTools(program: Program): Promise<{ listed: Promise<unknown> }> {
  const listed = program.request("tools/list");
  await program.send("no JSON: answered at once, and therefore not before what was read before");
  await program.message(({ error }) => error?.code === -32700);
  return { listed };
}

Deno.test("a first list does not wait behind the stream of the backend (HTTP/1.1)", async () => {
  await using company = await startCompany({ backend: unused });
  await using backend = startBackend();
  await using program = await company.start({ args: [`http://127.0.0.1:${backend.port}/mcp`] });
  await Promise.all([company.signIn(), program.initialize()]);
  const { listed } = await askForTools(program);
  backend.take();
  await listed;
  await backend.streamAsked();

  const { received } = backend;
  const [, initialized] = received;
  const list = received.find(({ what }) => what === "tools/list");
  assert.equal(list?.connection, initialized.connection, JSON.stringify(received));
  assert.deepEqual(
    received.map(({ what }) => what).filter((what) => what !== "GET"),
    ["initialize", "notifications/initialized", "tools/list"],
  );
  assert.equal(new Set(received.map(({ connection }) => connection)).size, 2);
  program.kill("SIGKILL");
  await program.exit;
});

Deno.test("over HTTP/2 there is one connection, and nothing waits for another", async () => {
  await using company = await startCompany({ backend: unused });
  await using backend = startBackend({
    cert: await Deno.readTextFile(certificateFile("server.pem")),
    key: await Deno.readTextFile(certificateFile("server.key")),
  });
  using relay = startRelay(backend.port);
  await using program = await company.start({
    args: [`https://localhost:${relay.port}/mcp`, "--ca-cert", certificateFile("authority.pem")],
  });
  await Promise.all([company.signIn(), program.initialize()]);
  const { listed } = await askForTools(program);
  backend.take();
  await listed;
  await backend.streamAsked();

  assert.deepEqual(
    backend.received.map(({ what }) => what).filter((what) => what !== "GET"),
    ["initialize", "notifications/initialized", "tools/list"],
  );
  assert.equal(relay.connections, 1);
  program.kill("SIGKILL");
  await program.exit;
});
