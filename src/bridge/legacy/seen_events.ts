/** Remembers events, to find out those that a server sends again when a stream is taken up. */
export interface SeenEvents {
  /** Whether this very event came before; remembers it if not. */
  isRepeated(id: string | undefined, data: Uint8Array): boolean;
}

/** An earlier event than the last so many is taken for a new one. */
const mostRemembered = 1024;

/**
 * Goes by the id together with the data: some servers send what came before the event that they were
 * asked to go on from, others, against the rules, use an id for several events.
 */
export function createSeenEvents(): SeenEvents {
  const seen = new Map<string, number>();
  return {
    isRepeated(id, data) {
      // An empty id takes the last one back, and names no event (HTML Standard section 9.2).
      if (!id) return false;
      const print = fingerprint(data);
      if (seen.get(id) === print) return true;
      seen.set(id, print);
      if (seen.size > mostRemembered) seen.delete(seen.keys().next().value as string);
      return false;
    },
  };
}

/** FNV-1a over the length, the beginning and the end. */
function fingerprint(data: Uint8Array): number {
  let hash = 0x811c9dc5 ^ data.length;
  const add = (byte: number) => hash = Math.imul(hash ^ byte, 0x01000193);
  data.subarray(0, 128).forEach(add);
  data.subarray(-128).forEach(add);
  return hash;
}
