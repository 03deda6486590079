import type { BridgeContext } from "./bridge_context.ts";
import type { Exchange } from "./exchange.ts";
import { sameId } from "./message/id_key.ts";
import { lineOf } from "./message/line_of.ts";
import { openBracket } from "./message/scan_json.ts";
import { type Message, scanMessage } from "./message/scan_message.ts";

/**
 * Passes on what the backend sent: requests and notifications as they are, a response to whoever
 * waits for it. `own` is the request on whose answer stream it came, if any.
 *
 * @returns false when it is no JSON-RPC message
 */
export function fromBackend(
  data: Uint8Array,
  own: Exchange | undefined,
  context: BridgeContext,
): boolean {
  const scanned = scanMessage(data);
  switch (scanned.kind) {
    case "request":
      context.asked.open(scanned);
      context.toClient(lineOf(scanned));
      return true;
    case "notification":
      if (scanned.method === "notifications/cancelled" && scanned.requestId !== undefined) {
        context.asked.cancel(scanned.requestId);
      }
      context.toClient(lineOf(scanned));
      return true;
    case "response":
      answer(scanned, own, context);
      return true;
    case "batch": {
      let all = true;
      for (const element of scanned.elements) {
        // A batch in a batch is no message, and may be too deep to go into.
        const isMessage = element[0] !== openBracket && fromBackend(element, own, context);
        all = isMessage && all;
      }
      return all;
    }
    default:
      context.log.warn(`the backend sent something that is ${scanned.kind}; it is dropped`);
      return false;
  }
}

function answer(response: Message, own: Exchange | undefined, context: BridgeContext) {
  const exchange = own && !own.isAnswered && answers(response, own)
    ? own
    // Some servers read every id as a string.
    : context.pending.find(response.id) ?? context.pending.findSimilar(response.id);
  if (!exchange?.answer(response)) {
    context.log.debug("the backend sent a response that nobody waits for; it is dropped");
  }
}

/** An error without an id, on the stream of a request, is about this request. */
function answers(response: Message, own: Exchange): boolean {
  return sameId(response.id, own.request.id) || response.isError && response.id === "null";
}
