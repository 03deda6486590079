import {
  elementsOf,
  type KnownEnds,
  notJson,
  openBrace,
  openBracket,
  quote,
  scanMembers,
  skipSpace,
  skipValue,
  stringOf,
  textOf,
} from "../json/scan_json.ts";

/** What a JSON-RPC 2.0 message is for. */
export type MessageKind = "request" | "notification" | "response";

/** One JSON-RPC message: its original bytes, and what had to be known of it to route it. */
export interface Message {
  /** Which of the three it is. */
  readonly kind: MessageKind;
  /** The original text. */
  readonly bytes: Uint8Array;
  /** The method; empty for responses. */
  readonly method: string;
  /** The id as it was written (`7`, `"a"`, `12345678901234567890`); empty for notifications. */
  readonly id: string;
  /** Where the id stands in `bytes`. */
  readonly idStart: number;
  /** Where `params`, `result` or `error` stands in `bytes`; -1 when there is none. */
  readonly bodyStart: number;
  /** Where it ends. */
  readonly bodyEnd: number;
  /** Whether it is a response that carries an error. */
  readonly isError: boolean;
  /** `params._meta["io.modelcontextprotocol/protocolVersion"]`, which marks the modern era. */
  readonly protocolVersion: string | undefined;
  /** `params.name`, of a tool or prompt. */
  readonly name: string | undefined;
  /** `params.uri`, of a resource. */
  readonly uri: string | undefined;
  /** `params.taskId`, of a task. */
  readonly taskId: string | undefined;
  /** `params.requestId` as it was written, of a cancellation. */
  readonly requestId: string | undefined;
}

/** What a line turned out to be. */
export type Scanned =
  | Message
  | { readonly kind: "batch"; readonly elements: Iterable<Uint8Array> }
  | { readonly kind: "not JSON" | "not a message" };

/** The member of `params._meta` by which a modern message says its protocol version. */
export const protocolVersionKey = "io.modelcontextprotocol/protocolVersion";

/**
 * Reads as much of a JSON-RPC message as routing needs, without building values from the rest, and
 * checks that all of it is JSON.
 *
 * @example
 * ```ts
 * const message = scanMessage(new TextEncoder().encode('{"jsonrpc":"2.0","id":1.0,"method":"ping"}'));
 * // { kind: "request", method: "ping", id: "1.0", … }
 * ```
 *
 * @param known what was found out before of a message that was checked already; what stands in long
 * `params` is not looked for again
 */
export function scanMessage(bytes: Uint8Array, known?: KnownEnds): Scanned {
  const start = skipSpace(bytes, 0);
  if (bytes[start] === openBrace) return scanObject(bytes, start, known);
  if (bytes[start] === openBracket) return scanBatch(bytes, start, known);
  const end = skipValue(bytes, start);
  return isAtEnd(bytes, end) ? notAMessage : notJsonText;
}

const notAMessage = { kind: "not a message" } as const;
const notJsonText = { kind: "not JSON" } as const;

function isAtEnd(bytes: Uint8Array, end: number): boolean {
  return end !== notJson && skipSpace(bytes, end) === bytes.length;
}

function scanBatch(bytes: Uint8Array, start: number, known?: KnownEnds): Scanned {
  if (!isAtEnd(bytes, skipValue(bytes, start, known))) return notJsonText;
  // One at a time: there may be millions, of which the first is no message.
  const elements = {
    *[Symbol.iterator]() {
      for (const [from, to] of elementsOf(bytes, start, known)) yield bytes.subarray(from, to);
    },
  };
  return elementsOf(bytes, start, known).next().done ? notAMessage : { kind: "batch", elements };
}

function scanObject(bytes: Uint8Array, start: number, known?: KnownEnds): Scanned {
  let version = "";
  let method: string | undefined;
  let id = "";
  let idStart = -1;
  let paramsStart = -1;
  let paramsEnd = -1;
  let resultStart = -1;
  let resultEnd = -1;
  let errorStart = -1;
  let errorEnd = -1;
  let params = noParams;

  const end = scanMembers(bytes, start, (name, at) => {
    let to: number;
    switch (name) {
      case "jsonrpc":
        to = skipValue(bytes, at);
        version = smallText(bytes, at, to);
        return to;
      case "id":
        to = skipValue(bytes, at);
        id = to === notJson ? "" : textOf(bytes, at, to);
        idStart = at;
        return to;
      case "method":
        to = skipValue(bytes, at);
        method = stringAt(bytes, at, to);
        return to;
      case "params":
        params = bytes[at] === openBrace && !known?.has(at) ? scanParams(bytes, at) : noParams;
        to = params === noParams ? skipValue(bytes, at, known) : params.end;
        paramsStart = at;
        paramsEnd = to;
        return to;
      case "result":
        resultStart = at;
        return resultEnd = skipValue(bytes, at, known);
      case "error":
        errorStart = at;
        return errorEnd = skipValue(bytes, at, known);
      default:
        return skipValue(bytes, at, known);
    }
  });
  if (!isAtEnd(bytes, end)) return notJsonText;
  if (version !== '"2.0"') return notAMessage;

  const hasId = idStart !== -1;
  const goodId = hasId && (id[0] === '"' || id[0] === "-" || (id[0] >= "0" && id[0] <= "9"));
  if (method !== undefined) {
    if (hasId && !goodId) return notAMessage;
    return {
      kind: hasId ? "request" : "notification",
      bytes,
      method,
      id,
      idStart,
      bodyStart: paramsStart,
      bodyEnd: paramsEnd,
      isError: false,
      protocolVersion: params.protocolVersion,
      name: params.name,
      uri: params.uri,
      taskId: params.taskId,
      requestId: params.requestId,
    };
  }
  // Some backends say with `"error": null` that there was none.
  const isError = errorStart !== -1 && (resultStart === -1 || bytes[errorStart] !== 0x6e);
  // An error that could not be given an id has `null` (JSON-RPC 2.0 section 5), or leaves it out.
  if (!isError && (resultStart === -1 || !goodId)) return notAMessage;
  if (isError && hasId && !goodId && id !== "null") return notAMessage;
  return {
    kind: "response",
    bytes,
    method: "",
    id: hasId ? id : "null",
    idStart,
    bodyStart: isError ? errorStart : resultStart,
    bodyEnd: isError ? errorEnd : resultEnd,
    isError,
    protocolVersion: undefined,
    name: undefined,
    uri: undefined,
    taskId: undefined,
    requestId: undefined,
  };
}

interface ParamsScan {
  end: number;
  protocolVersion: string | undefined;
  name: string | undefined;
  uri: string | undefined;
  taskId: string | undefined;
  requestId: string | undefined;
}

const noParams: Readonly<ParamsScan> = {
  end: notJson,
  protocolVersion: undefined,
  name: undefined,
  uri: undefined,
  taskId: undefined,
  requestId: undefined,
};

function scanParams(bytes: Uint8Array, start: number): Readonly<ParamsScan> {
  const found = { ...noParams };
  found.end = scanMembers(bytes, start, (name, at) => {
    if (name === "_meta" && bytes[at] === openBrace) {
      return scanMembers(bytes, at, (key, valueAt) => {
        const to = skipValue(bytes, valueAt);
        if (key === protocolVersionKey) found.protocolVersion = stringAt(bytes, valueAt, to);
        return to;
      });
    }
    const to = skipValue(bytes, at);
    if (name === "name") found.name = stringAt(bytes, at, to);
    else if (name === "uri") found.uri = stringAt(bytes, at, to);
    else if (name === "taskId") found.taskId = stringAt(bytes, at, to);
    else if (name === "requestId") found.requestId = smallText(bytes, at, to);
    return to;
  });
  return found;
}

function stringAt(bytes: Uint8Array, start: number, end: number): string | undefined {
  if (end === notJson || bytes[start] !== quote) return undefined;
  return stringOf(bytes, start, end);
}

function smallText(bytes: Uint8Array, start: number, end: number): string {
  return end === notJson ? "" : textOf(bytes, start, end);
}
