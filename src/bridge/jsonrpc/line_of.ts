import { concatBytes } from "../../base/concat_bytes.ts";
import { carriageReturn, lineFeed, space } from "../json/scan_json.ts";
import type { Message } from "./scan_message.ts";

/**
 * The message as one line, without a line break at its end, optionally under another id. Line breaks
 * in valid JSON are white space, so a space stands for each; all other bytes stay as they came.
 */
export function lineOf(message: Message, id: string = message.id): Uint8Array {
  const bytes = id === message.id ? message.bytes : withId(message, id);
  if (!bytes.includes(lineFeed) && !bytes.includes(carriageReturn)) return bytes;
  const line = bytes.slice();
  for (const lineBreak of [lineFeed, carriageReturn]) {
    for (let at = line.indexOf(lineBreak); at !== -1; at = line.indexOf(lineBreak, at)) {
      line[at] = space;
    }
  }
  return line;
}

function withId(message: Message, id: string): Uint8Array {
  const { bytes, idStart } = message;
  if (idStart === -1) {
    return concatBytes([encoder.encode(`{"id":${id},`), bytes.subarray(openingOf(bytes))]);
  }
  const idEnd = idStart + encoder.encode(message.id).length;
  return concatBytes([bytes.subarray(0, idStart), encoder.encode(id), bytes.subarray(idEnd)]);
}

/** The position behind the brace that opens the object. */
function openingOf(bytes: Uint8Array): number {
  return bytes.indexOf(0x7b) + 1;
}

const encoder = new TextEncoder();
