import { nextTurn } from "../base/timer.ts";
import type { BridgeContext } from "./bridge_context.ts";
import type { Exchange } from "./exchange.ts";
import { sameId } from "./jsonrpc/id_key.ts";
import { lineOf } from "./jsonrpc/line_of.ts";
import { openBracket } from "./json/scan_json.ts";
import { scanInTurns, turnLength } from "./jsonrpc/scan_in_turns.ts";
import { type Message, scanMessage, type Scanned } from "./jsonrpc/scan_message.ts";

/** The request that a response may answer: the one on whose stream it came, or how to find it. */
export type OwnExchange = Exchange | ((response: Message) => Exchange | undefined) | undefined;

/**
 * Passes on what the backend sent: requests and notifications as they are, a response to whoever
 * waits for it. `own` is the request on whose answer stream it came, if any. Nothing behind the first
 * thing that is no JSON-RPC message is passed on.
 *
 * @returns false when there is such a thing
 */
export function fromBackend(data: Uint8Array, own: OwnExchange, context: BridgeContext): boolean {
  const scanned = scanMessage(data);
  if (scanned.kind !== "batch") return passOn(scanned, own, context);
  for (const element of scanned.elements) {
    if (!isElement(element, context) || !fromBackend(element, own, context)) return false;
  }
  return true;
}

/** The same for what may be long: others have their turn in between. A promise only when they have. */
export function fromBackendInTurns(
  data: Uint8Array,
  own: OwnExchange,
  context: BridgeContext,
): boolean | Promise<boolean> {
  return data.length < turnLength
    ? fromBackend(data, own, context)
    : longFromBackend(data, own, context);
}

/** Where what is no message is dropped and nothing ends with it: when it is done, if it is not yet. */
export function passedOn(isMessage: boolean | Promise<boolean>): Promise<void> | undefined {
  return isMessage instanceof Promise ? isMessage.then(() => {}) : undefined;
}

async function longFromBackend(
  data: Uint8Array,
  own: OwnExchange,
  context: BridgeContext,
): Promise<boolean> {
  const scanned = await scanInTurns(data);
  if (scanned.kind !== "batch") return passOn(scanned, own, context);
  let length = 0;
  for (const element of scanned.elements) {
    if (!isElement(element, context)) return false;
    if (!await fromBackendInTurns(element, own, context)) return false;
    length += element.length;
    if (length < turnLength) continue;
    length = 0;
    await (context.whenWritable() ?? nextTurn());
  }
  return true;
}

/** A batch in a batch is no message, and may be too deep to go into. */
function isElement(element: Uint8Array, context: BridgeContext): boolean {
  if (element[0] !== openBracket) return true;
  context.log.warn("the backend sent a batch in a batch; it is dropped");
  return false;
}

function passOn(
  scanned: Exclude<Scanned, { kind: "batch" }>,
  own: OwnExchange,
  context: BridgeContext,
): boolean {
  switch (scanned.kind) {
    case "request":
      context.serverRequests.open(scanned);
      toClient(scanned, own, context);
      return true;
    case "notification":
      if (scanned.method === "notifications/cancelled" && scanned.requestId !== undefined) {
        context.serverRequests.cancel(scanned.requestId);
      }
      if (scanned.method === "notifications/progress") context.limits?.progress(scanned);
      toClient(scanned, own, context);
      return true;
    case "response":
      answer(scanned, typeof own === "function" ? own(scanned) : own, context);
      return true;
    default:
      context.log.warn(`the backend sent something that is ${scanned.kind}; it is dropped`);
      return false;
  }
}

function toClient(message: Message, own: OwnExchange, context: BridgeContext) {
  if (!context.receive) return context.toClient(lineOf(message));
  context.receive(message, typeof own === "function" ? undefined : own);
}

function answer(response: Message, own: Exchange | undefined, context: BridgeContext) {
  // A second answer to the request of a stream answers no other, not even the one that it is sent for.
  const exchange = own && answers(response, own)
    ? own
    // Some servers read every id as a string.
    : context.pending.find(response.id) ?? context.pending.findSimilar(response.id);
  if (!exchange?.answer(response)) {
    context.log.debug("the backend sent a response that nobody waits for; it is dropped");
  }
}

/** What has no id, which only an error may lack, is about the request on whose stream it comes. */
function answers(response: Message, own: Exchange): boolean {
  return sameId(response.id, own.request.id) || response.id === "null";
}
