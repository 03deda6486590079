/** Bytes that come in pieces and are wanted in one. */
export interface GrowingBytes {
  /** How many there are. */
  readonly length: number;
  /** Adds a copy of a piece. */
  append(piece: Uint8Array): void;
  /** Gives what has gathered and begins anew. */
  take(): Uint8Array;
}

/**
 * How much larger the next buffer is. Making room seldom saves copies, and costs nothing: memory that
 * was never written to is not taken from the system.
 */
const growth = 4;

/**
 * Gathers bytes in time linear in their number. What becomes too small is given back at once, unlike
 * a list of pieces, which waits for the garbage collector next to its copy.
 */
export function createGrowingBytes(): GrowingBytes {
  let buffer = new ArrayBuffer(0);
  let length = 0;
  return {
    get length() {
      return length;
    },
    append(piece) {
      const needed = length + piece.length;
      if (needed > buffer.byteLength) {
        // Not `transfer` to the new size, which would write to all of it.
        const larger = new ArrayBuffer(Math.max(needed, buffer.byteLength * growth, 256));
        new Uint8Array(larger).set(new Uint8Array(buffer, 0, length));
        buffer.transfer(0);
        buffer = larger;
      }
      new Uint8Array(buffer).set(piece, length);
      length = needed;
    },
    take() {
      const bytes = new Uint8Array(buffer, 0, length);
      buffer = new ArrayBuffer(0);
      length = 0;
      return bytes;
    },
  };
}
