import { concatBytes } from "../../base/concat_bytes.ts";
import {
  elementsOf,
  openBrace,
  openBracket,
  scanMembers,
  skipValue,
  textOf,
} from "../json/scan_json.ts";
import { type Message, scanMessage } from "./scan_message.ts";

/**
 * A `tools/list` response with those tools only that `keep` wants, each with its original bytes. The
 * response itself when it keeps them all.
 */
export function filterTools(response: Message, keep: (tool: unknown) => boolean): Message {
  const { bytes, bodyStart, isError } = response;
  if (isError || bytes[bodyStart] !== openBrace) return response;
  let start = -1;
  let end = start;
  scanMembers(bytes, bodyStart, (name, at) => {
    const to = skipValue(bytes, at);
    if (name === "tools" && bytes[at] === openBracket) [start, end] = [at, to];
    return to;
  });
  if (start === -1) return response;

  const kept: Uint8Array[] = [];
  let keepsAll = true;
  for (const [from, to] of elementsOf(bytes, start)) {
    if (keep(JSON.parse(textOf(bytes, from, to)))) {
      if (kept.length > 0) kept.push(comma);
      kept.push(bytes.subarray(from, to));
    } else keepsAll = false;
  }
  if (keepsAll) return response;
  const filtered = scanMessage(
    concatBytes([bytes.subarray(0, start + 1), ...kept, bytes.subarray(end - 1)]),
  );
  return filtered.kind === "response" ? filtered : response;
}

const comma = Uint8Array.of(0x2c);
