import { concatBytes } from "../../base/concat_bytes.ts";
import { type Message, scanMessage } from "../jsonrpc/scan_message.ts";

/**
 * A response of ours under the id of a request, with a `result` that is given as a value or as it was
 * written.
 */
export function ownResponse({ id }: Message, result: Uint8Array | object): Message {
  const body = result instanceof Uint8Array ? result : encoder.encode(JSON.stringify(result));
  const message = scanMessage(
    concatBytes([encoder.encode(`{"jsonrpc":"2.0","id":${id},"result":`), body, closing]),
  );
  if (message.kind !== "response") throw new Error("a result that is no JSON was remembered");
  return message;
}

const encoder = new TextEncoder();
const closing = encoder.encode("}");
