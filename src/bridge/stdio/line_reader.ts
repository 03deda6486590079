import { createGrowingBytes } from "../../base/growing_bytes.ts";
import { carriageReturn, lineFeed } from "../json/scan_json.ts";

/** What {@linkcode createLineReader} tells. */
export interface LineReaderOptions {
  /** A longer line is skipped. */
  maxBytes: number;
  /** Receives each line that is not blank, without its line break. */
  onLine(line: Uint8Array): void;
  /** Called once for each line that was skipped, at its end. */
  onTooLong(): void;
}

/** Cuts bytes into lines. */
export interface LineReader {
  /**
   * Takes the next piece of input; calls back for every line that it completes. What is kept of it
   * is copied, so that the piece may be overwritten.
   */
  push(chunk: Uint8Array): void;
  /** Takes what is left as the last line. */
  end(): void;
}

/**
 * Cuts input into lines at LF or CRLF, in time linear in its length. A byte order mark in front is
 * dropped.
 *
 * @example
 * ```ts
 * const reader = createLineReader({ maxBytes: 100, onLine: use, onTooLong: complain });
 * for await (const chunk of Deno.stdin.readable) reader.push(chunk);
 * reader.end();
 * ```
 */
export function createLineReader(options: LineReaderOptions): LineReader {
  const { maxBytes, onLine, onTooLong } = options;
  // One more than the limit, for a CR that may turn out to belong to the line break.
  const maxHeldBytes = maxBytes + 1;
  const held = createGrowingBytes();
  let isTooLong = false;
  let isFirst = true;

  function hold(piece: Uint8Array) {
    isTooLong ||= held.length + piece.length > maxHeldBytes;
    if (isTooLong) held.take();
    else held.append(piece);
  }

  function complete(rest: Uint8Array) {
    let line: Uint8Array;
    if (held.length > 0) {
      hold(rest);
      line = held.take();
    } else {
      line = rest.length > maxHeldBytes ? rest : rest.slice();
    }
    if (isFirst) {
      isFirst = false;
      if (line[0] === 0xef && line[1] === 0xbb && line[2] === 0xbf) line = line.subarray(3);
    }
    if (line.at(-1) === carriageReturn) line = line.subarray(0, -1);
    if (isTooLong || line.length > maxBytes) onTooLong();
    else if (!isBlank(line)) onLine(line);
    isTooLong = false;
  }

  return {
    push(chunk) {
      let start = 0;
      for (;;) {
        const end = chunk.indexOf(lineFeed, start);
        if (end === -1) break;
        complete(chunk.subarray(start, end));
        start = end + 1;
      }
      if (start < chunk.length) hold(chunk.subarray(start));
    },
    end() {
      if (held.length > 0 || isTooLong) complete(new Uint8Array(0));
    },
  };
}

function isBlank(line: Uint8Array): boolean {
  for (const c of line) if (c !== 0x20 && c !== 0x09 && c !== carriageReturn) return false;
  return true;
}
