import { excerpt } from "../../base/excerpt.ts";
import { programName, version } from "../../base/version.ts";
import { concatBytes } from "../../base/concat_bytes.ts";
import { memberOf } from "../json/edit_object.ts";
import { textOf } from "../json/scan_json.ts";
import type { Message } from "../jsonrpc/scan_message.ts";

/** The released protocol versions that begin with `initialize`, oldest first. */
const legacyVersions = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"] as const;

/** What an `initialize` request says of the client. */
export interface ClientParameters {
  /** The protocol version that it asks for. */
  protocolVersion: string | undefined;
  /** What it offers. */
  capabilities: Record<string, unknown>;
}

/** Reads the parameters of an `initialize` request. */
export function clientParameters({ bytes, bodyStart, bodyEnd }: Message): ClientParameters {
  const params = bodyStart === -1 ? undefined : JSON.parse(textOf(bytes, bodyStart, bodyEnd));
  const { protocolVersion, capabilities } = Object(params) as Record<string, unknown>;
  return {
    protocolVersion: typeof protocolVersion === "string" ? protocolVersion : undefined,
    capabilities: typeof capabilities === "object" && capabilities !== null
      ? capabilities as Record<string, unknown>
      : {},
  };
}

/**
 * The `initialize` result of a backend of which nothing is known: all that a backend may offer, as
 * what it turns out not to have is answered empty.
 */
export function unknownBackendResult(
  { protocolVersion }: ClientParameters,
  { url, tool }: { url: URL; tool: string },
): object {
  const host = excerpt(url.host);
  return {
    protocolVersion: isLegacyVersion(protocolVersion) ? protocolVersion : legacyVersions.at(-1),
    capabilities: {
      tools: { listChanged: true },
      prompts: { listChanged: true },
      resources: { listChanged: true, subscribe: true },
      logging: {},
      completions: {},
    },
    serverInfo: { name: `${programName} (${host})`, title: host, version },
    instructions:
      `The sign-in to ${host} is pending, so its tools cannot be listed yet. Until it is ` +
      `done, the only tool is ${tool}: call it to learn what the person has to open in a browser. ` +
      "The tools appear when the person has signed in; if they do not, this server must be reloaded.",
  };
}

/**
 * A remembered `initialize` result for a client that may ask for another protocol version than the
 * one that was remembered.
 */
export function rememberedResult(
  result: Uint8Array,
  { protocolVersion }: ClientParameters,
): Uint8Array {
  if (!isLegacyVersion(protocolVersion)) return result;
  const member = memberOf(result, 0, "protocolVersion");
  const value = JSON.stringify(protocolVersion);
  if (!member || textOf(result, member.valueStart, member.end) === value) return result;
  return concatBytes([
    result.subarray(0, member.valueStart),
    new TextEncoder().encode(value),
    result.subarray(member.end),
  ]);
}

function isLegacyVersion(version: string | undefined): version is string {
  return (legacyVersions as readonly (string | undefined)[]).includes(version);
}
