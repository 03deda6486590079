import type { Message } from "../jsonrpc/scan_message.ts";
import { headerValue } from "./header_value.ts";

/**
 * The header fields that repeat what a modern message says in its body, for those on the way who do
 * not read bodies (MCP 2026-07-28, Streamable HTTP, standard request headers).
 */
export function requestHeaders(message: Message): Record<string, string> {
  const headers: Record<string, string> = {
    "content-type": "application/json",
    "accept": "application/json, text/event-stream",
    "mcp-method": headerValue(message.method),
  };
  const { protocolVersion } = message;
  if (protocolVersion !== undefined) headers["mcp-protocol-version"] = headerValue(protocolVersion);
  const name = nameOf(message);
  if (name !== undefined) headers["mcp-name"] = headerValue(name);
  return headers;
}

function nameOf(message: Message): string | undefined {
  switch (message.method) {
    case "tools/call":
    case "prompts/get":
      return message.name;
    case "resources/read":
      return message.uri;
    case "tasks/get":
    case "tasks/update":
    case "tasks/cancel":
      return message.taskId;
  }
}
