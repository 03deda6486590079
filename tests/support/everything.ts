/**
 * The reference server of the MCP project with every feature of the protocol, over Streamable HTTP,
 * as a process of its own that can be killed and started again.
 *
 * @module
 */
import { freePort } from "./free_port.ts";
import { fromFileUrl } from "./paths.ts";
import { within } from "./within.ts";

/** A backend process. */
export interface EverythingServer extends AsyncDisposable {
  /** Its MCP endpoint; the same after every start. */
  readonly url: URL;
  /** Ends it at once, in the middle of whatever it does (SIGKILL). */
  kill(): Promise<void>;
  /** Starts it again after {@linkcode EverythingServer.kill | kill}; resolves when it listens. */
  start(): Promise<void>;
}

/** What {@linkcode startEverything} is told. */
export interface EverythingOptions {
  /** `sse` for the transport that was deprecated with protocol version 2025-03-26. */
  transport?: "streamableHttp" | "sse";
}

/** Starts server-everything on a free port; resolves when it listens. */
export async function startEverything(options: EverythingOptions = {}): Promise<EverythingServer> {
  const { transport = "streamableHttp" } = options;
  const port = freePort();
  let child: Deno.ChildProcess | undefined;
  const kill = async () => {
    if (!child) return;
    const { status } = child;
    try {
      child.kill("SIGKILL");
    } catch {
      // It is gone already.
    }
    child = undefined;
    await status;
  };
  const start = async () => {
    const script = fromFileUrl(import.meta.resolve("./everything_server.ts"));
    child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--quiet", script, transport],
      env: { PORT: String(port) },
      stdin: "piped",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    await within(listening(child), { what: "the start of server-everything" });
  };
  await start();
  return {
    url: new URL(`http://127.0.0.1:${port}/${transport === "sse" ? "sse" : "mcp"}`),
    kill,
    start,
    [Symbol.asyncDispose]: kill,
  };
}

/** Reads stderr to its end, so that the process never stalls; resolves at the line that says "listening". */
function listening(child: Deno.ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    (async () => {
      let text = "";
      for await (const chunk of child.stderr.pipeThrough(new TextDecoderStream())) {
        text = (text + chunk).slice(-10_000);
        if (/(listening|running) on port/.test(text)) resolve();
      }
      reject(new Error(`server-everything did not start: ${text}`));
    })();
  });
}
