const encoder = new TextEncoder();

/**
 * The header field that names the event to go on from, in UTF-8 (HTML Standard section 9.2.6): a
 * field given as text may hold nothing above 0xFF, so each character stands for one byte.
 */
export function lastEventIdField(id: string): { "last-event-id": string } {
  return {
    "last-event-id": Array.from(encoder.encode(id), (c) => String.fromCharCode(c)).join(""),
  };
}

/**
 * The id of an event as one to go on from; `undefined` for an empty one, which takes the last one
 * back, and for one that no header field can carry (RFC 9110 section 5.5).
 */
export function resumableId(id: string): string | undefined {
  // deno-lint-ignore no-control-regex -- these are what must not be in a field
  return id === "" || /[\x00-\x08\x0a-\x1f\x7f]/.test(id) ? undefined : id;
}
