/** Remembers events, to find out those that a server sends again when a stream is taken up. */
export interface SeenEvents {
  /** A connection begins; on one that goes on from an event, some of what came before may come again. */
  connect(isResumed: boolean): void;
  /** Whether this event is one that came on a connection before; remembers it. */
  isRepeated(id: string | undefined, data: Uint8Array): boolean;
}

/** An earlier event than the last so many is taken for a new one. */
const maxRemembered = 1024;

interface Seen {
  /** The connection that it last came on. */
  connection: number;
  /** It came twice on one connection, so that its id tells nothing. */
  isAmbiguous: boolean;
}

/**
 * Goes by the id together with the data: some servers send what came before the event that they were
 * asked to go on from. Others, against the rules, use one id for all events, so only what comes at the
 * beginning of a connection that goes on from an event, and came on one before, counts as repeated.
 */
export function createSeenEvents(): SeenEvents {
  const events = new Map<string, Seen>();
  let connection = 0;
  /** Nothing new has come yet on a connection that goes on. */
  let mayRepeat = false;
  return {
    connect(isResumed) {
      connection++;
      mayRepeat = isResumed;
    },
    isRepeated(id, data) {
      // An empty id takes the last one back, and names no event (HTML Standard section 9.2).
      if (!id) return false;
      const key = `${fingerprint(data)} ${id}`;
      const before = events.get(key);
      const isRepeated = mayRepeat && before !== undefined && !before.isAmbiguous &&
        before.connection < connection;
      if (!before) mayRepeat = false;
      const isAmbiguous = before?.isAmbiguous || before?.connection === connection;
      events.delete(key);
      events.set(key, { connection, isAmbiguous });
      if (events.size > maxRemembered) events.delete(events.keys().next().value as string);
      return isRepeated;
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
