import {
  notJson,
  openBrace,
  scanMembers,
  skipSpace,
  skipValue,
  textOf,
} from "../json/scan_json.ts";

/** Both ends of a message that is too long to be kept. */
export interface CutMessage {
  /** Its first bytes. */
  readonly head: Uint8Array;
  /** Its last bytes. */
  readonly tail: Uint8Array;
}

/** What the ends of a long message say of it. */
export interface CutResponse {
  /** False when it certainly is a request or a notification. */
  readonly mayBeResponse: boolean;
  /** The id of the response, as it was written, when it stands near one end. */
  readonly id: string | undefined;
}

/**
 * Finds out which request a message answers of which only both ends are there. Most servers write the
 * id before the result, some at the very end, where only the braces of the message itself follow.
 */
export function readCutResponse({ head, tail }: CutMessage): CutResponse {
  let id: string | undefined;
  let hasMethod = false;
  const start = skipSpace(head, 0);
  if (head[start] === openBrace) {
    scanMembers(head, start, (name, at) => {
      const to = skipValue(head, at);
      hasMethod ||= name === "method";
      // What the head ends in may go on.
      if (name === "id" && to !== notJson && to < head.length) id = textOf(head, at, to);
      return to;
    });
  }
  if (hasMethod) return { mayBeResponse: false, id: undefined };
  const text = new TextDecoder().decode(tail);
  return { mayBeResponse: true, id: id ?? idAtEnd.exec(text)?.[1] };
}

/** Only the root's brace can be the last one, and a quotation mark within a text has a backslash. */
const idAtEnd = /[,{]\s*"id"\s*:\s*(-?\d+|"[^"\\]*")\s*(?:,\s*"jsonrpc"\s*:\s*"2\.0"\s*)?\}\s*$/;
