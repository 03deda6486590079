import { aborted } from "../../base/abortable.ts";
import type { Exchange } from "../exchange.ts";
import { InnerExchange } from "../inner_exchange.ts";
import type { Message } from "../jsonrpc/scan_message.ts";
import { noAnswer } from "../no_answer.ts";

/** What {@linkcode ask} needs besides the request. */
export interface AskOptions {
  /** The exchange that it is asked for; what ends that ends the request. */
  outer: Exchange;
  /** Sends a request and settles when nothing more is to be done for it. */
  send(exchange: Exchange): Promise<void>;
}

/**
 * Has a request sent for another one.
 *
 * @returns the backend's answer, as soon as it is there
 * @throws {ProxyError} when there is none
 */
export async function ask(request: Message, { outer, send }: AskOptions): Promise<Message> {
  const answered = Promise.withResolvers<Message>();
  const inner = new InnerExchange(request, { outer, onAnswer: answered.resolve });
  const sent = inner.whileOuterLasts(() => send(inner)).then(() => {
    if (!inner.response) throw inner.failure ?? noAnswer("with nothing");
  });
  // What fails behind an answer does not matter any more.
  sent.catch(answered.reject);
  aborted(inner.signal).then(() => answered.reject(inner.signal.reason));
  return await answered.promise;
}
