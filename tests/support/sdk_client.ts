/**
 * The SDK's own client over its own stdio transport, with the program under test at the other end.
 *
 * @module
 */
// @ts-types="npm:@modelcontextprotocol/sdk@1.32.2/client/index"
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
// @ts-types="npm:@modelcontextprotocol/sdk@1.32.2/client/stdio"
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { programCommand, type ProgramSettings } from "./program_command.ts";
import { steadyStart } from "./steady_start.ts";

/** What {@linkcode connectSdkClient} is told. */
export interface SdkClientOptions extends ProgramSettings {
  /** What the client can do: `{ sampling: {}, roots: {}, elicitation: {} }`. */
  capabilities?: Record<string, unknown>;
  /** Called before the handshake, to register handlers for what the backend may ask. */
  prepare?(client: Client): void;
}

/** A connected client. */
export interface ConnectedSdkClient extends AsyncDisposable {
  /** The client itself. */
  readonly client: Client;
  /** What the program has logged so far. */
  stderr(): string;
}

/** Starts the program by the SDK's transport and connects; closing the client ends it. */
export async function connectSdkClient(options: SdkClientOptions): Promise<ConnectedSdkClient> {
  const transport = new StdioClientTransport({
    ...await programCommand({ ...options, env: { ...steadyStart, ...options.env } }),
    stderr: "pipe",
  });
  let log = "";
  transport.stderr?.on("data", (chunk: Uint8Array) => log += new TextDecoder().decode(chunk));
  const client = new Client(
    { name: "authful-test", version: "1" },
    { capabilities: options.capabilities ?? {} },
  );
  options.prepare?.(client);
  await client.connect(transport);
  return { client, stderr: () => log, [Symbol.asyncDispose]: () => client.close() };
}
