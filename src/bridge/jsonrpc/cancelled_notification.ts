/**
 * Tells the other side that nobody waits any more for its answer to the request with this id, as it
 * was written.
 */
export function cancelledNotification(id: string, reason: string): Uint8Array {
  const params = `{"requestId":${id},"reason":${JSON.stringify(reason)}}`;
  return new TextEncoder().encode(
    `{"jsonrpc":"2.0","method":"notifications/cancelled","params":${params}}`,
  );
}
