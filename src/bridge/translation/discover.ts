import { memberOf, valueOf } from "../json/edit_object.ts";
import { elementsOf, openBracket, stringOf } from "../json/scan_json.ts";
import type { Exchange } from "../exchange.ts";
import type { Message } from "../jsonrpc/scan_message.ts";
import type { ModernEra } from "../modern/modern_era.ts";
import { ask } from "./ask.ts";
import { metaKeys, modernVersion } from "./protocol.ts";
import { editParams, messageOf } from "./rewrite_message.ts";
import { withoutTasks } from "./without_tasks.ts";

/** What a client says of itself, each as it was written. */
export interface ClientIdentity {
  /** Its name and version. */
  readonly info: Uint8Array | undefined;
  /** What it can do, of what the other era has, too. */
  readonly capabilities: Uint8Array | undefined;
}

/** The client that has sent this `initialize` request. */
export function clientOf({ bytes, bodyStart }: Message): ClientIdentity {
  return {
    info: valueOf(bytes, bodyStart, "clientInfo"),
    capabilities: withoutTasks(valueOf(bytes, bodyStart, "capabilities")),
  };
}

/** The client that has sent this request of the modern era. */
export function modernClientOf({ bytes, bodyStart }: Message): ClientIdentity {
  const meta = valueOf(bytes, bodyStart, "_meta");
  return {
    info: meta && valueOf(meta, 0, metaKeys.clientInfo),
    capabilities: meta && withoutTasks(valueOf(meta, 0, metaKeys.clientCapabilities)),
  };
}

/** The members of `_meta` by which a request of the modern era says who sends it. */
export function metaOf(
  client: ClientIdentity,
  logLevel?: string,
): Record<string, Uint8Array | string | undefined> {
  return {
    [metaKeys.protocolVersion]: JSON.stringify(modernVersion),
    [metaKeys.clientInfo]: client.info,
    [metaKeys.clientCapabilities]: client.capabilities ?? "{}",
    [metaKeys.logLevel]: logLevel,
  };
}

/**
 * Asks a backend what it is, by `server/discover`.
 *
 * @returns its answer; an error, too, is one
 * @throws {ProxyError} when there is none
 */
export function discover(
  client: ClientIdentity,
  { outer, modern }: { outer: Exchange; modern: ModernEra },
): Promise<Message> {
  const plain = messageOf(
    '{"jsonrpc":"2.0","id":"authful-mcp-proxy-discover","method":"server/discover"}',
  );
  const request = editParams(plain, { meta: { set: metaOf(client) } });
  return ask(request, { outer, send: (exchange) => modern.request(exchange) });
}

/** The protocol versions that an answer to `server/discover` names; none when it is no such answer. */
export function supportedVersions(response: Message): readonly string[] {
  const { bytes, bodyStart, isError } = response;
  if (isError) return [];
  const versions = memberOf(bytes, bodyStart, "supportedVersions");
  if (!versions || bytes[versions.valueStart] !== openBracket) return [];
  return [...elementsOf(bytes, versions.valueStart)]
    .filter(([from]) => bytes[from] === 0x22)
    .map(([from, to]) => stringOf(bytes, from, to));
}
