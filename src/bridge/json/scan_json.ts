/** The position that the scanners return for text that is not JSON. */
export const notJson: number = -1;

/** Where long arrays and objects end, by where they start. */
export type KnownEnds = ReadonlyMap<number, number>;

/**
 * The position behind the JSON value that starts at `start`, or {@linkcode notJson}. What `known` has
 * is not looked at again.
 *
 * Checks the whole grammar of RFC 8259 except that bytes above 0x7F are taken as they are. Keeps its
 * own stack, so that no nesting is too deep.
 */
export function skipValue(bytes: Uint8Array, start: number, known?: KnownEnds): number {
  if (bytes[start] !== openBrace && bytes[start] !== openBracket) return skipSimple(bytes, start);
  const end = known?.get(start);
  if (end !== undefined) return end;
  const walk: Walk = { at: start, containers: [], isDone: false };
  walkOn(bytes, walk, Infinity);
  return walk.at;
}

/**
 * Walks over a JSON value a stretch at a time, so that others have their turn in between, and learns
 * where what is long in it ends.
 */
export class PausableWalk {
  readonly #bytes: Uint8Array;
  readonly #walk: Walk;
  /** Where the arrays and objects that are longer than a stretch end. */
  readonly ends: Map<number, number>;
  /** Whether it has come upon something that is not JSON. */
  get isNotJson(): boolean {
    return this.#walk.at === notJson;
  }

  /** Begins at the value that starts at `start`. */
  constructor(bytes: Uint8Array, start: number) {
    this.#bytes = bytes;
    this.ends = new Map();
    this.#walk = {
      at: start,
      containers: [],
      isDone: false,
      long: { starts: [], ends: this.ends },
    };
  }

  /** Walks over about so many bytes more, at least to the end of a text; says whether there is more. */
  goOn(length: number): boolean {
    const walk = this.#walk;
    if (walk.long) walk.long.length = length;
    if (!walk.isDone) walkOn(this.#bytes, walk, walk.at + length);
    return !walk.isDone;
  }
}

/** A walk over one value. */
interface Walk {
  /** Where the next value starts; in the end the position behind the whole, or {@linkcode notJson}. */
  at: number;
  /** The bytes that close what is open. */
  readonly containers: number[];
  isDone: boolean;
  /** Where what is open starts, and the ends that were found. */
  readonly long?: {
    readonly starts: number[];
    readonly ends: Map<number, number>;
    length?: number;
  };
}

/** Walks to the first value that starts at `until` or behind, or to the end. */
function walkOn(bytes: Uint8Array, walk: Walk, until: number): void {
  const { containers, long } = walk;
  let i = walk.at;
  for (;;) {
    if (i >= until) {
      walk.at = i;
      return;
    }
    const first = bytes[i];
    if (first === openBrace) {
      const start = i;
      i = skipSpace(bytes, i + 1);
      if (bytes[i] !== closeBrace) {
        containers.push(closeBrace);
        long?.starts.push(start);
        i = skipKey(bytes, i);
        if (i === notJson) return end(walk, notJson);
        continue;
      }
      i++;
    } else if (first === openBracket) {
      const start = i;
      i = skipSpace(bytes, i + 1);
      if (bytes[i] !== closeBracket) {
        containers.push(closeBracket);
        long?.starts.push(start);
        continue;
      }
      i++;
    } else {
      i = skipSimple(bytes, i);
    }
    if (i === notJson) return end(walk, notJson);
    for (;;) {
      const closing = containers.at(-1);
      if (closing === undefined) return end(walk, i);
      i = skipSpace(bytes, i);
      const next = bytes[i];
      if (next === closing) {
        containers.pop();
        i++;
        if (long) learnEnd(long, i);
      } else if (next === comma) {
        i = skipSpace(bytes, i + 1);
        if (closing === closeBrace) {
          i = skipKey(bytes, i);
          if (i === notJson) return end(walk, notJson);
        }
        break;
      } else {
        return end(walk, notJson);
      }
    }
  }
}

function learnEnd({ starts, ends, length = 0 }: NonNullable<Walk["long"]>, at: number) {
  const start = starts.pop() as number;
  if (at - start > length) ends.set(start, at);
}

function end(walk: Walk, at: number) {
  walk.at = at;
  walk.isDone = true;
}

/**
 * Walks the members of the object that starts at `start` and returns the position behind it, or
 * {@linkcode notJson}. `visit` gets the member's name and where its value starts, and returns where
 * the value ends.
 */
export function scanMembers(
  bytes: Uint8Array,
  start: number,
  visit: (name: string, valueStart: number) => number,
): number {
  let i = skipSpace(bytes, start + 1);
  if (bytes[i] === closeBrace) return i + 1;
  for (;;) {
    const keyStart = i;
    const keyEnd = skipString(bytes, i);
    if (keyEnd === notJson) return notJson;
    i = skipSpace(bytes, keyEnd);
    if (bytes[i] !== colon) return notJson;
    i = visit(shortName(bytes, keyStart, keyEnd), skipSpace(bytes, i + 1));
    if (i === notJson) return notJson;
    i = skipSpace(bytes, i);
    const next = bytes[i];
    if (next === closeBrace) return i + 1;
    if (next !== comma) return notJson;
    i = skipSpace(bytes, i + 1);
  }
}

/** Where each element of the array that starts at `start` starts and ends. The array must be JSON. */
export function* elementsOf(
  bytes: Uint8Array,
  start: number,
  known?: KnownEnds,
): Generator<readonly [start: number, end: number]> {
  let i = skipSpace(bytes, start + 1);
  while (bytes[i] !== closeBracket) {
    const end = skipValue(bytes, i, known);
    yield [i, end];
    i = skipSpace(bytes, end);
    if (bytes[i] === comma) i = skipSpace(bytes, i + 1);
  }
}

/** The position of the first byte at or behind `i` that is not white space. */
export function skipSpace(bytes: Uint8Array, i: number): number {
  let c = bytes[i];
  while (c === space || c === lineFeed || c === carriageReturn || c === tab) c = bytes[++i];
  return i;
}

/** The text of some bytes. */
export function textOf(bytes: Uint8Array, start: number, end: number): string {
  return asciiText(bytes, start, end) ?? decoder.decode(bytes.subarray(start, end));
}

/** The value of the string that stands from `start` to `end`, quotation marks included. */
export function stringOf(bytes: Uint8Array, start: number, end: number): string {
  const plain = asciiText(bytes, start + 1, end - 1);
  return plain === undefined || plain.includes("\\")
    ? JSON.parse(textOf(bytes, start, end))
    : plain;
}

/** Calling the decoder costs more than this for the short texts that messages are routed by. */
function asciiText(bytes: Uint8Array, start: number, end: number): string | undefined {
  if (end - start > 64) return undefined;
  let text = "";
  for (let i = start; i < end; i++) {
    const c = bytes[i];
    if (c > 0x7f) return undefined;
    text += String.fromCharCode(c);
  }
  return text;
}

/** The byte of a quotation mark. */
export const quote: number = 0x22;
/** The byte that opens an object. */
export const openBrace: number = 0x7b;
/** The byte that opens an array. */
export const openBracket: number = 0x5b;
/** The byte LF. */
export const lineFeed: number = 0x0a;
/** The byte CR. */
export const carriageReturn: number = 0x0d;
/** The byte of a space. */
export const space: number = 0x20;
const tab = 0x09;
const closeBrace = 0x7d;
const closeBracket = 0x5d;
/** The byte of a comma. */
export const comma: number = 0x2c;
const colon = 0x3a;
const backslash = 0x5c;
const minus = 0x2d;
const zero = 0x30;
const nine = 0x39;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Names longer than this are none that a caller looks for, even when all of it is escaped. */
const longestName = 300;

function shortName(bytes: Uint8Array, start: number, end: number): string {
  return end - start > longestName ? "" : stringOf(bytes, start, end);
}

function skipKey(bytes: Uint8Array, start: number): number {
  let i = skipString(bytes, start);
  if (i === notJson) return notJson;
  i = skipSpace(bytes, i);
  return bytes[i] === colon ? skipSpace(bytes, i + 1) : notJson;
}

function skipString(bytes: Uint8Array, start: number): number {
  if (bytes[start] !== quote) return notJson;
  let i = start + 1;
  const length = bytes.length;
  while (i < length) {
    i = skipCharacters(bytes, i, Math.min(i + stretch, length));
    const c = bytes[i];
    if (c === quote) return i + 1;
    if (c < space) return notJson;
    if (c === backslash) {
      i = skipEscape(bytes, i);
      if (i === notJson) return notJson;
    }
  }
  return notJson;
}

/**
 * How many bytes are looked at in one go. V8 uses what it has compiled of a function when the
 * function is called the next time; whether it does so in the middle of a long loop is a matter of
 * luck, and costs up to thirty times as much when it does not.
 */
const stretch = 4096;

/** The first position from `i` on, or `end` or one behind it, where the string may end or break. */
function skipCharacters(bytes: Uint8Array, i: number, end: number): number {
  while (i < end) {
    const c = bytes[i];
    if (isPlain[c] === 1) i++;
    else if (c === backslash && isShortEscape[bytes[i + 1]] === 1) i += 2;
    else break;
  }
  return i;
}

/** By byte: whether it means itself in a string. */
const isPlain = new Uint8Array(256).fill(1, space);
isPlain[quote] = isPlain[backslash] = 0;

/** By byte: whether it makes an escape of two characters with a backslash in front of it. */
const isShortEscape = new Uint8Array(256);
for (const c of '"\\/bfnrt') isShortEscape[c.charCodeAt(0)] = 1;

function skipEscape(bytes: Uint8Array, start: number): number {
  if (isShortEscape[bytes[start + 1]] === 1) return start + 2;
  if (bytes[start + 1] !== 0x75) return notJson;
  for (let i = start + 2; i < start + 6; i++) if (!isHexDigit(bytes[i])) return notJson;
  return start + 6;
}

function isHexDigit(c: number | undefined): boolean {
  return c !== undefined &&
    (c >= zero && c <= nine || c >= 0x41 && c <= 0x46 || c >= 0x61 && c <= 0x66);
}

/** Skips what is neither an object nor an array. */
function skipSimple(bytes: Uint8Array, i: number): number {
  switch (bytes[i]) {
    case quote:
      return skipString(bytes, i);
    case 0x74:
      return skipWord(bytes, i, "true");
    case 0x66:
      return skipWord(bytes, i, "false");
    case 0x6e:
      return skipWord(bytes, i, "null");
    default:
      return skipNumber(bytes, i);
  }
}

function skipWord(bytes: Uint8Array, start: number, word: string): number {
  for (let i = 0; i < word.length; i++) {
    if (bytes[start + i] !== word.charCodeAt(i)) return notJson;
  }
  return start + word.length;
}

function skipNumber(bytes: Uint8Array, start: number): number {
  let i = bytes[start] === minus ? start + 1 : start;
  const integer = i;
  i = skipDigits(bytes, i);
  if (i === integer || (bytes[integer] === zero && i > integer + 1)) return notJson;
  if (bytes[i] === 0x2e) {
    const fraction = ++i;
    i = skipDigits(bytes, i);
    if (i === fraction) return notJson;
  }
  if (bytes[i] === 0x65 || bytes[i] === 0x45) {
    i++;
    if (bytes[i] === minus || bytes[i] === 0x2b) i++;
    const exponent = i;
    i = skipDigits(bytes, i);
    if (i === exponent) return notJson;
  }
  return i;
}

function skipDigits(bytes: Uint8Array, i: number): number {
  while (bytes[i] >= zero && bytes[i] <= nine) i++;
  return i;
}
