import { createLog } from "../../../src/base/log.ts";
import { ProxyError } from "../../../src/base/errors.ts";
import type { BridgeContext } from "../../../src/bridge/bridge_context.ts";
import type { Exchange } from "../../../src/bridge/exchange.ts";
import { type Value, valueOf } from "../message.ts";

/** As much of a bridge as its start asks for, and what it was told. */
export function startContext({ url = new URL("https://mcp.test/mcp") }: { url?: URL } = {}) {
  const lines: Value[] = [];
  const logged: string[] = [];
  const waiting: Exchange[] = [];
  const stop = new AbortController();
  const context = {
    url,
    stop: stop.signal,
    log: createLog({ level: "info", write: (line) => void logged.push(line.trimEnd()) }),
    toClient: (line: Uint8Array) => void lines.push(valueOf(line)),
    pending: { waiting: () => waiting },
  } as unknown as BridgeContext;
  return { context, lines, logged, waiting, stop };
}

/** An error of the network with this reason. */
export function failure(
  reason: string,
  details: { transient?: boolean; what?: string; fix?: string } = {},
): ProxyError {
  return new ProxyError({
    category: "Network error",
    what: `it is ${reason}`,
    fix: "do something",
    reason,
    ...details,
  });
}
