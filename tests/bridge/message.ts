import assert from "node:assert/strict";
import { type Message, scanMessage } from "../../src/bridge/jsonrpc/scan_message.ts";

/** A message as the bridge reads it: from its text, or from a value. */
export function message(value: string | object): Message {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const scanned = scanMessage(new TextEncoder().encode(text));
  assert.ok("bytes" in scanned, `${text} is ${scanned.kind}`);
  return scanned;
}

/** A request; without `params` it has none. */
export function request(method: string, params?: unknown, id: unknown = 1): Message {
  return message({ jsonrpc: "2.0", id, method, params });
}

/** A notification. */
export function notification(method: string, params?: unknown): Message {
  return message({ jsonrpc: "2.0", method, params });
}

/** A response with this result. */
export function response(result: unknown, id: unknown = 1): Message {
  return message({ jsonrpc: "2.0", id, result });
}

/** A response with this error. */
export function errorResponse(error: unknown, id: unknown = 1): Message {
  return message({ jsonrpc: "2.0", id, error });
}

/** The text of a message, or of bytes. */
export function text(of: Message | Uint8Array): string {
  return new TextDecoder().decode(of instanceof Uint8Array ? of : of.bytes);
}

/** A message, or a part of one, as a value. */
// deno-lint-ignore no-explicit-any -- tests look into values of every shape
export type Value = any;

/** The value of a message, or of the bytes of one. */
export function valueOf(of: Message | Uint8Array): Value {
  return JSON.parse(text(of));
}

/** Bytes of a text. */
export function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}
