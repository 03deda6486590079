/** The size of one buffer, in bytes; a stream gives at most so much at once. */
const size = 1 << 16;
/** More than this are not kept, however many streams were read at once. */
const maxKept = 16;

const kept: ArrayBuffer[] = [];

/** A buffer to read into, with whatever was in it before. */
export function takeReadBuffer(): ArrayBuffer {
  return kept.pop() ?? new ArrayBuffer(size);
}

/** Gives a buffer back that nobody looks into any more. */
export function keepReadBuffer(buffer: ArrayBufferLike): void {
  if (kept.length < maxKept && buffer.byteLength === size) kept.push(buffer as ArrayBuffer);
}
