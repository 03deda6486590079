import { ProxyError } from "../../base/errors.ts";
import type { Exchange } from "../exchange.ts";
import { textOf } from "../json/scan_json.ts";
import type { Message } from "../jsonrpc/scan_message.ts";
import type { AnswerKey, BackendMemory, ListMethod } from "./backend_memory.ts";

/** Has the answer to a list, or to `server/discover`, remembered as it comes from the backend. */
export function rememberAnswer(
  exchange: Exchange,
  { era, memory }: { era: AnswerKey["era"]; memory: BackendMemory },
): void {
  const key = keyOf(exchange.request, era);
  exchange.onAnswered = (response) => {
    if (!response.isError) memory.note(key, resultOf(response));
  };
}

/** Under what the answer to a list, or to `server/discover`, is remembered. */
export function keyOf(request: Message, era: AnswerKey["era"]): AnswerKey {
  return { era, method: request.method as AnswerKey["method"], cursor: cursorOf(request) };
}

/** Whether the answer to a request is one of the lists that are remembered. */
export function isListMethod(method: string): method is ListMethod {
  return method === "tools/list" || method === "prompts/list" || method === "resources/list" ||
    method === "resources/templates/list";
}

/** What is wrong passes, or can be put right by the person: the client is answered meanwhile. */
export function mayBeStoodInFor(error: unknown): error is ProxyError {
  return error instanceof ProxyError && (error.transient || isForPerson(error));
}

/** Whether it takes nothing but a sign-in. */
export function isForPerson({ reason }: ProxyError): boolean {
  return reason === "signed_out" || reason === "sign_in_paused" || reason === "login_timeout";
}

/** The `result` of a response, as it was written. */
export function resultOf({ bytes, bodyStart, bodyEnd }: Message): Uint8Array {
  return bytes.subarray(bodyStart, bodyEnd);
}

/** The page that a list request asks for; `undefined` for the first. */
export function cursorOf(request: Message): string | undefined {
  if (request.bodyStart === -1) return undefined;
  const params = JSON.parse(textOf(request.bytes, request.bodyStart, request.bodyEnd));
  return typeof params?.cursor === "string" ? params.cursor : undefined;
}
