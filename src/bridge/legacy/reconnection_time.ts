/** A server that wants no pause at all would have us ask it without end. */
const shortest = 50;
/** A server may not keep us away for longer than this. */
const longest = 300_000;

/**
 * The pause that a server wants before a reconnection (`retry` in its event stream, MCP 2025-11-25,
 * transports, section "Sending Messages to the Server"), within reason; in milliseconds.
 */
export function reconnectionTime(retry: number): number {
  return Math.min(Math.max(retry, shortest), longest);
}
