import type { ProgramCommand } from "../../support/program_command.ts";
import type { Era } from "./fixture_server.ts";
import type { FrontOptions } from "./front.ts";
import { createRequestFront } from "./request_front.ts";
import { createSessionFront } from "./session_front.ts";

/** A front that listens. */
export interface RunningFront extends AsyncDisposable {
  /** The MCP endpoint for the client. */
  readonly url: URL;
  /** What was logged last, by the program and by the front. */
  log(): string;
}

const keptLog = 20_000;

/** Starts a front for clients of an era, on a free port. */
export async function startFront(era: Era, command: ProgramCommand): Promise<RunningFront> {
  let log = "";
  const note = (text: string) => log = (log + text).slice(-keptLog);
  const options: FrontOptions = {
    command,
    log: note,
    onError: (error) => note(`front: ${String(error)}\n`),
  };
  const front = era === "legacy" ? createSessionFront(options) : await createRequestFront(options);
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (request) => {
      try {
        return await front.serve(request);
      } catch (error) {
        options.onError(error);
        return new Response(String(error), { status: 502 });
      }
    },
  );
  return {
    url: new URL(`http://127.0.0.1:${server.addr.port}/mcp`),
    log: () => log,
    async [Symbol.asyncDispose]() {
      // What is open keeps the server from ending.
      await front[Symbol.asyncDispose]();
      await server.shutdown();
    },
  };
}
