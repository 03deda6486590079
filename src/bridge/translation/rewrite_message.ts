import { concatBytes } from "../../base/concat_bytes.ts";
import { editObject, memberOf, type ObjectEdits } from "../json/edit_object.ts";
import { openBrace, skipSpace } from "../json/scan_json.ts";
import { type Message, scanMessage } from "../jsonrpc/scan_message.ts";

/** What is changed of a message's `params`. */
export interface ParamsEdits extends ObjectEdits {
  /** What is changed of `params._meta`; an `_meta` that is left empty is cut out. */
  meta?: ObjectEdits;
}

/**
 * A message of ours.
 *
 * @throws {Error} when the text is none
 */
export function messageOf(text: string | Uint8Array): Message {
  const scanned = scanMessage(typeof text === "string" ? encoder.encode(text) : text);
  switch (scanned.kind) {
    case "request":
    case "notification":
    case "response":
      return scanned;
    default:
      throw new Error(`a message that was rewritten is ${scanned.kind}`);
  }
}

/** A request or notification with other params, and if wanted another id. */
export function editParams(
  message: Message,
  { meta, set, ...edits }: ParamsEdits,
  id?: string,
): Message {
  const { bytes, bodyStart } = message;
  const hasParams = bodyStart !== -1 && bytes[bodyStart] === openBrace;
  // What is neither an object nor absent is for the other side to refuse.
  if (bodyStart !== -1 && !hasParams) return id === undefined ? message : withId(message, id);
  const [from, at] = hasParams ? [bytes, bodyStart] : [emptyObject, 0];
  const added = { ...set };
  let without = edits.without ?? [];
  if (meta) {
    const before = memberOf(from, at, "_meta");
    const isObject = before && from[before.valueStart] === openBrace;
    const edited = isObject
      ? editObject(from, before.valueStart, meta)
      : editObject(emptyObject, 0, meta);
    if (edited.length > emptyObject.length) added._meta = edited;
    else if (before) without = [...without, "_meta"];
  }
  const params = editObject(from, at, { without, set: added });
  const root = skipSpace(bytes, 0);
  // What was absent need not be there now.
  const isAbsent = !hasParams && params.length === emptyObject.length;
  return messageOf(
    editObject(bytes, root, { set: { id, params: isAbsent ? undefined : params } }),
  );
}

/** The message under another id. */
export function withId(message: Message, id: string): Message {
  return messageOf(editObject(message.bytes, skipSpace(message.bytes, 0), { set: { id } }));
}

/** A response with another body, which is its `result` or `error` still. */
export function withBody(response: Message, body: Uint8Array): Message {
  const { bytes, bodyStart, bodyEnd, idStart } = response;
  const longer = body.length - (bodyEnd - bodyStart);
  return {
    ...response,
    bytes: concatBytes([bytes.subarray(0, bodyStart), body, bytes.subarray(bodyEnd)]),
    bodyEnd: bodyEnd + longer,
    idStart: idStart > bodyStart ? idStart + longer : idStart,
  };
}

/** A response whose result, which is an object, is changed. */
export function editResult(response: Message, edits: ObjectEdits): Message {
  const { bytes, bodyStart, isError } = response;
  if (isError || bytes[bodyStart] !== openBrace) return response;
  return withBody(response, editObject(bytes, bodyStart, edits));
}

/** A response of ours: `body` is the JSON text of the result. */
export function resultOf(id: string, body: string | Uint8Array): Message {
  return messageOf(join([`{"jsonrpc":"2.0","id":${id},"result":`, body, "}"]));
}

/** A response of ours: `body` is the JSON text of the error. */
export function errorOf(id: string, body: string | Uint8Array): Message {
  return messageOf(join([`{"jsonrpc":"2.0","id":${id},"error":`, body, "}"]));
}

/** The bytes of all parts. */
export function join(parts: readonly (string | Uint8Array)[]): Uint8Array {
  return concatBytes(parts.map((part) => typeof part === "string" ? encoder.encode(part) : part));
}

const encoder = new TextEncoder();
const emptyObject = encoder.encode("{}");
