import { ProxyError } from "../../base/errors.ts";
import { pause } from "../../base/abortable.ts";
import { backoff } from "../backoff.ts";
import type { Exchange } from "../exchange.ts";
import { editObject, memberOf, membersOf, valueOf } from "../json/edit_object.ts";
import { openBrace, stringOf, textOf } from "../json/scan_json.ts";
import type { Message } from "../jsonrpc/scan_message.ts";
import { canBeAsked, isUrlMode } from "./client_capability.ts";
import type { ClientRequests } from "./client_requests.ts";
import { editParams, errorOf, join } from "./rewrite_message.ts";

/** What {@linkcode provideInput} needs besides the request. */
export interface InputRoundsOptions {
  /** The client's exchange. */
  outer: Exchange;
  /** Sends the request in the modern era, and gives its answer. */
  send(request: Message): Promise<Message>;
  /** Puts to the client what the backend wants to know. */
  client: ClientRequests;
  /** What the client can be asked: its `capabilities` as JSON. */
  capabilities: Uint8Array | undefined;
}

/** A backend that wants to know something again and again gets so many answers. */
export const maxRounds = 64;
/** What a backend asks at once is at most so much. */
const maxRequests = 64;

/** Counts the requests that are sent again, whose ids must differ from the client's. */
let retries = 0;

/**
 * Sends a request, and again with what the backend wants to know as long as it wants to know something
 * (MCP 2026-07-28, multi round-trip requests).
 *
 * @returns the answer that is none of these: the backend's, or the client's error
 * @throws {ProxyError} when there is none
 */
export async function provideInput(
  request: Message,
  options: InputRoundsOptions,
): Promise<Message> {
  const { outer, send } = options;
  const pauses = backoff(250, 4_000);
  let response = await send(request);
  for (let round = 1; isInputRequired(response); round++) {
    if (round > maxRounds) throw tooMany(request, `in more than ${maxRounds} rounds`);
    // A person may be thinking, which takes no time of the backend.
    outer.sentAt = 0;
    const { bytes, bodyStart } = response;
    const requests = valueOf(bytes, bodyStart, "inputRequests");
    let inputResponses: Uint8Array | undefined;
    if (requests?.[0] === openBrace) {
      const answers = await askClient(requests, { request, ...options });
      if (answers.error) return answers.error;
      inputResponses = answers.responses;
    } else {
      // It wants to be asked again, as a backend does that has too much to do.
      await pause(pauses.next(), outer.signal);
    }
    response = await send(editParams(request, {
      without: ["inputResponses", "requestState"],
      set: { inputResponses, requestState: valueOf(bytes, bodyStart, "requestState") },
    }, `"authful-mcp-proxy-retry-${++retries}"`));
  }
  return response;
}

/** Whether a response says that the backend needs to know more. */
export function isInputRequired({ bytes, bodyStart, isError }: Message): boolean {
  if (isError) return false;
  const type = valueOf(bytes, bodyStart, "resultType");
  return type !== undefined && textOf(type, 0, type.length) === '"input_required"';
}

/** What {@linkcode askClient} needs. */
export interface AskClientOptions
  extends Pick<InputRoundsOptions, "outer" | "client" | "capabilities"> {
  /** The request that it is asked for. */
  request: Message;
}

/**
 * Puts to the client all that a backend wants to know at once: its `inputRequests` as JSON.
 *
 * @returns the `inputResponses`, or what the request is to be answered with: the client's error
 * @throws {ProxyError} when it cannot be asked, or when the request ends
 */
export async function askClient(
  bytes: Uint8Array,
  { request, outer, client, capabilities }: AskClientOptions,
): Promise<
  { responses: Uint8Array; error?: undefined } | { responses?: undefined; error: Message }
> {
  const requests = membersOf(bytes, 0);
  if (requests.length > maxRequests) throw tooMany(request, `${requests.length} things at once`);
  const parts = requests.map(({ start, valueStart }) => ({
    // The key as it was written, with its colon.
    key: bytes.subarray(start, valueStart),
    method: methodOf(bytes, valueStart),
    params: valueOf(bytes, valueStart, "params"),
  }));
  for (const { method, params } of parts) {
    if (!canBeAsked(method, { params, capabilities })) throw cannotBeAsked(request, method);
  }
  // What one of them ends with ends the others.
  const failed = new AbortController();
  const signal = AbortSignal.any([outer.signal, failed.signal]);
  try {
    const answers = await Promise.all(parts.map(async ({ key, method, params }) => {
      const answer = await client.ask(method, { params: legacyParams(method, params), signal });
      if (answer.isError) throw answer;
      return [key, answer.bytes.subarray(answer.bodyStart, answer.bodyEnd)] as const;
    }));
    const members = answers.map(([key, result], n) => join([n === 0 ? "" : ",", key, result]));
    return { responses: join(["{", ...members, "}"]) };
  } catch (error) {
    outer.signal.throwIfAborted();
    if (!isMessage(error)) throw error;
    // What the client cannot or will not answer, the backend gets to know by no message of its era.
    const { bytes, bodyStart, bodyEnd } = error;
    return { error: errorOf(request.id, bytes.subarray(bodyStart, bodyEnd)) };
  } finally {
    failed.abort();
  }
}

function methodOf(bytes: Uint8Array, at: number): string {
  const method = memberOf(bytes, at, "method");
  if (!method || bytes[method.valueStart] !== 0x22) return "";
  return stringOf(bytes, method.valueStart, method.end);
}

/** In the legacy era an elicitation by URL has an id, to which a notification may refer. */
function legacyParams(method: string, params: Uint8Array | undefined): Uint8Array | undefined {
  if (!params || !isUrlMode(method, params) || valueOf(params, 0, "elicitationId")) return params;
  return editObject(params, 0, { set: { elicitationId: JSON.stringify(crypto.randomUUID()) } });
}

function isMessage(error: unknown): error is Message {
  return typeof error === "object" && error !== null && "bytes" in error;
}

function cannotBeAsked({ method }: Message, wanted: string): ProxyError {
  return new ProxyError({
    category: "Backend error",
    what: `the backend wants ${wanted || "something that is no request"} of the client to answer ` +
      `${method}, which the client has not declared that it can do`,
    fix: "use a client that can, or look at the backend's log",
    reason: "input_not_possible",
  });
}

/** The error for a backend that wants to know too much. */
export function tooMany({ method }: Message, what: string): ProxyError {
  return new ProxyError({
    category: "Backend error",
    what: `the backend wants to know ${what} to answer ${method}`,
    fix: "look at the backend's log",
    reason: "input_without_end",
  });
}
