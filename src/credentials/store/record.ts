const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/**
 * A value as bytes for Deno KV. Its own encoding of objects is that of the V8 it runs on: what a
 * newer Deno wrote, an older one cannot read, and throws.
 */
export function encodeRecord(value: unknown): Uint8Array<ArrayBuffer> {
  return encoder.encode(JSON.stringify(value));
}

/** The value that {@linkcode encodeRecord} made bytes of; `undefined` for anything else. */
export function decodeRecord<T>(bytes: unknown): T | undefined {
  if (!(bytes instanceof Uint8Array)) return undefined;
  try {
    return JSON.parse(decoder.decode(bytes));
  } catch {
    return undefined;
  }
}
