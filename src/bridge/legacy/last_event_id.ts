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
