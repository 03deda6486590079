import { memberOf, valueOf } from "../json/edit_object.ts";
import { textOf } from "../json/scan_json.ts";
import type { Message } from "../jsonrpc/scan_message.ts";
import { legacyVersions, metaKeys } from "./protocol.ts";
import { editResult } from "./rewrite_message.ts";
import { withoutTasks } from "./without_tasks.ts";

/** What {@linkcode initializeAnswer} needs besides the backend's answer. */
export interface InitializeAnswerOptions {
  /** The client's `initialize` request. */
  initialize: Message;
  /** The backend's host, which stands for the name of a backend that does not name itself. */
  host: string;
}

/**
 * The answer to `initialize` that a backend would give that says this of itself in `server/discover`.
 * Capabilities and instructions are the same in both eras, but for tasks.
 */
export function initializeAnswer(
  discovered: Message,
  { initialize, host }: InitializeAnswerOptions,
): Message {
  const { bytes, bodyStart } = discovered;
  const meta = memberOf(bytes, bodyStart, "_meta");
  const serverInfo = meta && valueOf(bytes, meta.valueStart, metaKeys.serverInfo);
  return editResult(discovered, {
    without: ["supportedVersions", "resultType", "ttlMs", "cacheScope"],
    set: {
      protocolVersion: JSON.stringify(negotiatedVersion(initialize)),
      serverInfo: serverInfo ?? JSON.stringify({ name: host, version: "unknown" }),
      capabilities: withoutTasks(valueOf(bytes, bodyStart, "capabilities")) ?? "{}",
    },
  });
}

/** The version that the client asks for, or the newest of its era (MCP 2025-11-25, lifecycle). */
function negotiatedVersion({ bytes, bodyStart }: Message): string {
  const asked = valueOf(bytes, bodyStart, "protocolVersion");
  const version = asked && JSON.parse(textOf(asked, 0, asked.length));
  return legacyVersions.includes(version) ? version : legacyVersions[0];
}
