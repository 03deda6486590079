import type { CutMessage } from "../jsonrpc/cut_response.ts";
import { createGrowingBytes } from "../../base/growing_bytes.ts";
import { concatBytes } from "../../base/concat_bytes.ts";
import { carriageReturn, lineFeed } from "../json/scan_json.ts";

/** One event of a `text/event-stream` (HTML Standard section 9.2). */
export interface StreamEvent {
  /** The event's type; `message` when it names none. */
  type: string;
  /** The id of this event, when it has one of its own. */
  id: string | undefined;
  /** Its data, empty for an event that only carries an id; may be overwritten after the call. */
  data: Uint8Array;
  /** The stream ended before the blank line behind it, so the data may be incomplete. */
  isCut: boolean;
}

/** What {@linkcode createEventReader} tells. */
export interface EventReaderOptions {
  /** An event with more data than this is skipped, in bytes. */
  maxBytes: number;
  /** Receives each event. */
  onEvent(event: StreamEvent): void;
  /** Called once for each event that was skipped, with both ends of its data. */
  onTooLong(cut: CutMessage): void;
  /** The server wants this long a pause before a reconnection, in milliseconds. */
  onRetry?(milliseconds: number): void;
}

/** Cuts bytes into events. */
export interface EventReader {
  /**
   * Takes the next piece of the stream; calls back for every event that it completes. What is kept
   * of it is copied, so that the piece may be overwritten.
   */
  push(chunk: Uint8Array): void;
  /** The stream ended: takes an event that lacks only the blank line behind it. */
  end(): void;
}

/**
 * Reads a `text/event-stream` without decoding its data, in time linear in its length however it is
 * cut. Lines end in LF, CRLF or CR; a byte order mark in front is dropped.
 *
 * Unlike the standard, an event at the very end of the stream counts without its blank line: the
 * data is JSON, and a truncated one is found out by that.
 */
export function createEventReader(options: EventReaderOptions): EventReader {
  const { maxBytes, onEvent, onTooLong, onRetry } = options;
  const line = createGrowingBytes();
  const data = createGrowingBytes();
  /** The only `data` so far, when it is a part of the piece that is being read. */
  let fresh: Uint8Array | undefined;
  /** Whether that piece is ours and is not going to be overwritten. */
  let isFreshOurs = false;
  let hasData = false;
  let type = "";
  let id: string | undefined;
  let isTooLong = false;
  let isLineTooLong = false;
  /** The ends of what is skipped. */
  let head = empty;
  let tail = empty;
  let afterCarriageReturn = false;
  let isFirstLine = true;

  function dispatch(isCut: boolean) {
    if (isTooLong) {
      data.take();
      onTooLong({ head, tail });
      head = tail = empty;
    } else if (hasData || id !== undefined) {
      onEvent({ type: type || "message", id, data: fresh ?? data.take(), isCut });
    }
    fresh = undefined;
    hasData = false;
    type = "";
    id = undefined;
    isTooLong = false;
  }

  function endLine(rest: Uint8Array) {
    let whole = rest;
    let isOurs = false;
    if (line.length > 0 || isLineTooLong) {
      hold(rest);
      whole = line.take();
      isOurs = true;
    }
    const isSkipped = isLineTooLong;
    isLineTooLong = false;
    if (isFirstLine) {
      isFirstLine = false;
      if (whole[0] === 0xef && whole[1] === 0xbb && whole[2] === 0xbf) whole = whole.subarray(3);
    }
    if (isSkipped) return;
    if (whole.length === 0) dispatch(false);
    else readField(whole, isOurs);
  }

  function readField(whole: Uint8Array, isOurs: boolean) {
    if (isField(whole, "data")) {
      addData(valueOf(whole, 4), isOurs);
    } else if (isField(whole, "id")) {
      const value = valueOf(whole, 2);
      if (!value.includes(0)) id = decoder.decode(value);
    } else if (isField(whole, "event")) {
      type = decoder.decode(valueOf(whole, 5));
    } else if (isField(whole, "retry")) {
      const value = decoder.decode(valueOf(whole, 5));
      if (/^\d+$/.test(value)) onRetry?.(Number(value));
    }
  }

  function addData(value: Uint8Array, isOurs: boolean) {
    const before = hasData ? (fresh ?? data).length + 1 : 0;
    isTooLong ||= before + value.length > maxBytes;
    if (isTooLong) {
      keepHead(fresh ?? (data.length > 0 ? data.take() : value));
      keepTail(value);
      fresh = undefined;
    } else if (!hasData) {
      fresh = value;
      isFreshOurs = isOurs;
    } else {
      keepFresh();
      data.append(lineBreak);
      data.append(value);
    }
    hasData = true;
  }

  function keepFresh() {
    if (!fresh) return;
    data.append(fresh);
    fresh = undefined;
  }

  function hold(rest: Uint8Array) {
    if (isLineTooLong) return keepTail(rest);
    // The field's name, a colon and a space come on top; what lies within is decided by `addData`.
    if (line.length + rest.length <= maxBytes + 8) return line.append(rest);
    // The event is too long if this line is data; otherwise nobody reads it.
    const held = line.take();
    const begun = concatBytes([held.subarray(0, beginLength), rest.subarray(0, beginLength)])
      .subarray(0, beginLength);
    isLineTooLong = true;
    if (!isField(begun, "data")) return;
    isTooLong = true;
    keepHead(fresh ?? (data.length > 0 ? data.take() : valueOf(begun, 4)));
    keepTail(held);
    keepTail(rest);
    fresh = undefined;
  }

  function keepHead(bytes: Uint8Array) {
    if (head.length === 0) head = bytes.slice(0, endLength);
  }

  function keepTail(bytes: Uint8Array) {
    if (!isTooLong) return;
    tail = concatBytes([tail, bytes.subarray(-endLength)]).slice(-endLength);
  }

  return {
    push(chunk) {
      if (chunk.length === 0) return;
      let start = afterCarriageReturn && chunk[0] === lineFeed ? 1 : 0;
      afterCarriageReturn = false;
      let nextLineFeed = chunk.indexOf(lineFeed, start);
      let nextReturn = chunk.indexOf(carriageReturn, start);
      while (nextLineFeed !== -1 || nextReturn !== -1) {
        const isReturn = nextReturn !== -1 && (nextLineFeed === -1 || nextReturn < nextLineFeed);
        const end = isReturn ? nextReturn : nextLineFeed;
        endLine(chunk.subarray(start, end));
        start = end + 1;
        if (isReturn) {
          if (start === chunk.length) afterCarriageReturn = true;
          else if (chunk[start] === lineFeed) start++;
          nextReturn = chunk.indexOf(carriageReturn, start);
        }
        if (nextLineFeed !== -1 && nextLineFeed < start) {
          nextLineFeed = chunk.indexOf(lineFeed, start);
        }
      }
      if (start < chunk.length) hold(chunk.subarray(start));
      if (!isFreshOurs) keepFresh();
    },
    end() {
      if (line.length > 0) endLine(empty);
      if (hasData || isTooLong) dispatch(true);
    },
  };
}

/** How much is kept of each end of an event that is skipped, in bytes. */
const endLength = 512;
/** As much with the name of the field, a colon and a space before it. */
const beginLength = endLength + "data: ".length;

const empty = new Uint8Array(0);
const lineBreak = Uint8Array.of(lineFeed);
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const colon = 0x3a;

function isField(line: Uint8Array, name: string): boolean {
  for (let i = 0; i < name.length; i++) if (line[i] !== name.charCodeAt(i)) return false;
  return line.length === name.length || line[name.length] === colon;
}

function valueOf(line: Uint8Array, nameLength: number): Uint8Array {
  return line.subarray(nameLength + (line[nameLength + 1] === 0x20 ? 2 : 1));
}
