import { asProxyError, type ProxyError } from "../base/errors.ts";
import type { BridgeContext } from "./bridge_context.ts";
import { type Exchange, requestCancelled } from "./exchange.ts";
import type { LegacyEra } from "./legacy/era.ts";
import { cancelledNotification } from "./jsonrpc/cancelled_notification.ts";
import { invalidRequestAnswer, parseErrorAnswer } from "./jsonrpc/error_answer.ts";
import { filterTools } from "./jsonrpc/filter_tools.ts";
import { openBracket } from "./json/scan_json.ts";
import { type Message, scanMessage } from "./jsonrpc/scan_message.ts";
import type { ModernEra } from "./modern/modern_era.ts";
import { toolBlocked, type ToolFilter } from "./tool_filter.ts";

/** Where {@linkcode fromClient} passes messages on to. */
export interface FromClientOptions {
  /** The running bridge. */
  context: BridgeContext;
  /** Carries the messages that name no protocol version. */
  legacy: LegacyEra;
  /** Carries those that do. */
  modern: ModernEra;
  /** The tools that the client may see and call; all when absent. */
  tools?: ToolFilter;
  /** Adds to a request what this program does in the client's place; nothing when absent. */
  declare?(request: Message): Message;
  /** Whether a tool is one of ours, which no filter is about. */
  isOwnTool?(name: string): boolean;
}

/** Takes one line of the client. What is no message is answered as JSON-RPC 2.0 section 5.1 says. */
export function fromClient(line: Uint8Array, options: FromClientOptions): void {
  const scanned = scanMessage(line);
  switch (scanned.kind) {
    case "request":
      return void carry(options.declare?.(scanned) ?? scanned, options);
    case "notification":
    case "response":
      return tell(scanned, options);
    case "batch":
      for (const element of scanned.elements) {
        // However deep a batch in a batch is, it is one thing that is no message.
        if (element[0] === openBracket) options.context.toClient(invalidRequestAnswer());
        else fromClient(element, options);
      }
      return;
    case "not JSON":
      return options.context.toClient(parseErrorAnswer());
    case "not a message":
      return options.context.toClient(invalidRequestAnswer());
  }
}

/** Sees to it that a request is answered, whatever happens. */
async function carry(request: Message, options: FromClientOptions): Promise<void> {
  const { pending, log, limits } = options.context;
  const exchange = pending.open(request);
  using _limit = limits?.start(exchange, (error) => giveUp(exchange, { error, options }));
  try {
    if (options.tools) applyFilter(exchange, options.tools, options.isOwnTool);
    await (isModern(request) ? options.modern : options.legacy).request(exchange);
  } catch (error) {
    // Many clients show no more of an error than that there was one; their users read the log.
    if (exchange.isCancelled) exchange.fail(requestCancelled());
    else if (!exchange.isAnswered) {
      const failure = asProxyError(error);
      log[isMereQuestion(request, failure) ? "debug" : "error"](
        `${request.method} failed: ${failure.message}`,
      );
      exchange.fail(failure);
    }
  }
  if (!exchange.isAnswered) exchange.fail(new Error("the request was left without an answer"));
  pending.done(exchange);
}

/** Answers a request that takes too long, and tells the backend that nobody wants to know any more. */
function giveUp(
  exchange: Exchange,
  { error, options }: { error: ProxyError; options: FromClientOptions },
): void {
  const { request } = exchange;
  options.context.log.error(error.message);
  exchange.fail(error);
  // In the modern era the end of the POST says it, and `initialize` must not be cancelled.
  if (isModern(request) || request.method === "initialize") return exchange.abort(error);
  const cancellation = scanMessage(cancelledNotification(request.id, "the request took too long"));
  if (cancellation.kind === "notification") options.legacy.cancel(cancellation, exchange);
}

/** A client of both eras asks this first, to find out that a backend of the legacy era refuses it. */
function isMereQuestion({ method }: Message, { httpStatus = 0 }: ProxyError): boolean {
  return method === "server/discover" && httpStatus >= 400 && httpStatus < 500;
}

function applyFilter(
  exchange: Exchange,
  tools: ToolFilter,
  isOwnTool: (name: string) => boolean = () => false,
) {
  const { method, name = "" } = exchange.request;
  const allows = (tool: string) => tools.allows(tool) || isOwnTool(tool);
  if (method === "tools/call" && !allows(name)) throw toolBlocked(name);
  if (method !== "tools/list") return;
  exchange.beforeAnswer((response) =>
    filterTools(response, (tool) => allows(String((tool as { name?: unknown })?.name)))
  );
}

function tell(message: Message, { context, legacy, modern }: FromClientOptions): void {
  if (message.method === "notifications/cancelled" && message.requestId !== undefined) {
    const exchange = context.pending.find(message.requestId);
    // In the modern era a cancellation is the end of the POST, and no message.
    if (exchange && isModern(exchange.request)) return exchange.abort(requestCancelled());
    if (exchange) return legacy.cancel(message, exchange);
    if (isModern(message)) return;
  }
  if (isModern(message)) modern.send(message);
  else legacy.send(message);
}

function isModern(message: Message): boolean {
  return message.protocolVersion !== undefined;
}
