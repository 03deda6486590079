import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import type { FrontOptions } from "./front.ts";

/** Starts the program and connects to it; what it logs goes to the front's log. */
export async function startStdio({ command, log }: FrontOptions): Promise<StdioClientTransport> {
  const stdio = new StdioClientTransport({ ...command, stderr: "pipe" });
  const decoder = new TextDecoder();
  stdio.stderr?.on("data", (chunk) => log(decoder.decode(chunk, { stream: true })));
  await stdio.start();
  return stdio;
}
