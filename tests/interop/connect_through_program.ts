import { StdioClientTransport as ModernStdioTransport } from "@modelcontextprotocol/client/stdio";
// @ts-types="npm:@modelcontextprotocol/sdk@1.32.2/client/stdio"
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { programCommand, type ProgramSettings } from "../support/program_command.ts";
import { connect2025 } from "./connect_2025.ts";
import { connect2026 } from "./connect_2026.ts";
import type { Connection, Era } from "./connection.ts";

/** How {@linkcode connectThroughProgram} connects. */
export interface ThroughProgramOptions {
  /** The protocol. */
  era: Era;
  /** Given what the program logs, piece by piece. */
  onLog(text: string): void;
}

/** Starts the program as an editor does, and connects a client of the SDK to it. */
export async function connectThroughProgram(
  settings: ProgramSettings,
  { era, onLog }: ThroughProgramOptions,
): Promise<Connection> {
  const parameters = {
    ...await programCommand(settings),
    stderr: "pipe" as const,
    // The SDK's own limit of 10 MB is not what is measured.
    maxBufferSize: 64 * 1024 * 1024,
  };
  const read = (
    stream: { on(event: "data", listener: (chunk: Uint8Array) => void): unknown } | null,
  ) => stream?.on("data", (chunk) => onLog(new TextDecoder().decode(chunk)));
  if (era === "2026") {
    const transport = new ModernStdioTransport(parameters);
    read(transport.stderr);
    return await connect2026(transport);
  }
  const transport = new StdioClientTransport(parameters);
  read(transport.stderr);
  return await connect2025(transport);
}
