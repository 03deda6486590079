import { createLog } from "../../../src/base/log.ts";
import { type BridgeOptions, runBridge } from "../../../src/bridge/bridge.ts";
import { createPipe, grantAll } from "../bridge_fixture.ts";

/** A bridge in this process, as a transport of the SDK sees it; both versions of the SDK take it. */
export interface BridgeTransport {
  start(): Promise<void>;
  send(message: unknown): Promise<void>;
  close(): Promise<void>;
  onclose?: () => void;
  onerror?: (error: Error) => void;
  // deno-lint-ignore no-explicit-any -- the types of messages are the SDK's own
  onmessage?: (message: any) => void;
  /** What was logged so far. */
  readonly logged: string[];
  /** Every line that the client got, as it came. */
  readonly lines: string[];
}

/** Runs a bridge to this backend between the client's transport and HTTP. */
export function bridgeTransport(
  backendUrl: URL,
  options: Partial<BridgeOptions> = {},
): BridgeTransport {
  const input = createPipe();
  const output = createPipe();
  const stop = new AbortController();
  const logged: string[] = [];
  const lines: string[] = [];
  let done: Promise<void>;
  const transport: BridgeTransport = {
    logged,
    lines,
    start() {
      done = runBridge({
        backendUrl,
        authorizer: grantAll,
        log: createLog({ level: "debug", write: (line) => void logged.push(line) }),
        input,
        output,
        signal: stop.signal,
        ...options,
      }).finally(() => output.close());
      read();
      return Promise.resolve();
    },
    async send(message) {
      await input.write(new TextEncoder().encode(JSON.stringify(message) + "\n"));
    },
    async close() {
      input.close();
      stop.abort();
      await done;
      transport.onclose?.();
    },
  };

  async function read() {
    const buffer = new Uint8Array(1 << 16);
    const decoder = new TextDecoder();
    let rest = "";
    for (;;) {
      const length = await output.read(buffer);
      if (length === null) return;
      const parts = (rest + decoder.decode(buffer.subarray(0, length), { stream: true })).split(
        "\n",
      );
      rest = parts.pop() ?? "";
      for (const line of parts) {
        lines.push(line);
        transport.onmessage?.(JSON.parse(line));
      }
    }
  }

  return transport;
}
