import { asProxyError } from "../../base/errors.ts";
import { createBackendRequests } from "../backend_requests.ts";
import type { BridgeContext } from "../bridge_context.ts";
import { type Exchange, requestCancelled } from "../exchange.ts";
import { editObject, memberOf, valueOf } from "../json/edit_object.ts";
import { textOf } from "../json/scan_json.ts";
import { lineOf } from "../jsonrpc/line_of.ts";
import type { Message } from "../jsonrpc/scan_message.ts";
import type { LegacyEra } from "../legacy/era.ts";
import type { ModernEra } from "../modern/modern_era.ts";
import { createPendingRequests } from "../pending_requests.ts";
import { ask } from "./ask.ts";
import { createClientRequests } from "./client_requests.ts";
import { type ClientIdentity, clientOf, discover, metaOf } from "./discover.ts";
import { initializeAnswer } from "./initialize_answer.ts";
import { provideInput } from "./input_rounds.ts";
import { createLeaving } from "./leaving.ts";
import { createListening, isOfSubscription } from "./listening.ts";
import type { NotificationFilter } from "./notification_filter.ts";
import { errorCodes, invalidLevel, isModernOnly, logLevels, unknownMethod } from "./protocol.ts";
import { editParams, errorOf, messageOf, resultOf, withBody } from "./rewrite_message.ts";
import { isAboutTasks, isTask, noTasks, taskMembers, wantsTasks } from "./without_tasks.ts";

/** What {@linkcode createLegacyClientTranslation} needs. */
export interface LegacyClientOptions {
  /** The running bridge. */
  context: BridgeContext;
  /** Carries messages of the modern era in this context. */
  createModern(context: BridgeContext): ModernEra;
}

/** Serves a client of the legacy era at a backend of the modern one. */
export interface LegacyClientTranslation extends LegacyEra {
  /**
   * Takes the answer to `server/discover` that was asked for on behalf of an `initialize` request, so
   * that it need not be asked for again.
   */
  adopt(discovered: Message): void;
}

/**
 * The legacy era for a client whose backend speaks the modern one only. What the client says once, in
 * `initialize` and by `logging/setLevel`, is said with each request; what the backend wants to know
 * before it answers is asked of the client by requests; and one subscription brings what a session
 * would have brought.
 */
export function createLegacyClientTranslation(
  { context, createModern }: LegacyClientOptions,
): LegacyClientTranslation {
  const { log } = context;
  const modern = createModern({
    ...context,
    pending: createPendingRequests(() => {}),
    serverRequests: createBackendRequests(),
    toClient: (line) => fromBackend(messageOf(line)),
  });
  const questions = createClientRequests(context.toClient);
  const subscriptions = new Set<string>();
  /** What the end waits for. */
  const leaving = createLeaving();
  let adopted: Message | undefined;
  let client: ClientIdentity = { info: undefined, capabilities: undefined };
  /** Which lists the backend announces changes of. */
  let announced: NotificationFilter = {};
  let canSubscribe = false;
  /** As JSON. */
  let logLevel: string | undefined;
  let listening = listen();

  function listen() {
    return createListening({
      send: (exchange) => modern.request(exchange),
      meta: () => metaOf(client),
      announce: (message) => context.toClient(lineOf(message)),
      acceptTimeout: context.acceptTimeout,
      log,
      stop: context.stop,
    });
  }

  /** What the backend says by itself. */
  function fromBackend(message: Message) {
    if (message.kind === "request") {
      log.debug(
        `the backend sent a request (${message.method}), which its era forbids; it is dropped`,
      );
      return;
    }
    if (isOfSubscription(message)) {
      const wanted = listening.take(message);
      if (wanted) context.toClient(lineOf(wanted));
      return;
    }
    // A client that has set no level wants no messages (MCP 2025-11-25 leaves it to the server).
    if (message.method === "notifications/message" && logLevel === undefined) return;
    if (message.method === "notifications/cancelled") return;
    context.toClient(lineOf(message));
  }

  async function request(exchange: Exchange): Promise<void> {
    const { request } = exchange;
    switch (request.method) {
      case "initialize":
        return await begin(exchange);
      case "ping":
        return void exchange.answer(resultOf(request.id, "{}"));
      case "logging/setLevel":
        return setLevel(exchange);
      case "resources/subscribe":
      case "resources/unsubscribe":
        return await subscribe(exchange);
    }
    if (isAboutTasks(request.method)) return void exchange.answer(errorOf(request.id, noTasks));
    if (isModernOnly(request.method)) {
      return void exchange.answer(errorOf(request.id, unknownMethod));
    }
    const send = (message: Message) =>
      ask(message, { outer: exchange, send: (inner) => modern.request(inner) });
    const response = await provideInput(withMeta(request), {
      outer: exchange,
      send: request.method === "tools/call"
        ? (message) => callAsTask(message, { exchange, send })
        : send,
      client: questions,
      capabilities: client.capabilities,
    });
    exchange.answer(translateAnswer(response, request));
  }

  /** Sends a call, which becomes a task where the backend wants that. */
  async function callAsTask(
    message: Message,
    { exchange, send }: { exchange: Exchange; send(message: Message): Promise<Message> },
  ): Promise<Message> {
    let response = await send(message);
    // A refusal for this reason means that nothing was carried out.
    if (wantsTasks(response)) {
      const { withTasks } = await import("./extension_task.ts");
      response = await send(withTasks(message, client));
    }
    if (!isTask(response)) return response;
    const { awaitTask } = await import("./extension_task.ts");
    return await awaitTask(response, {
      context,
      outer: exchange,
      modern,
      questions,
      client,
      onLeaving: leaving.add,
    });
  }

  function withMeta(message: Message): Message {
    return editParams(message, {
      without: taskMembers(message.method),
      meta: { set: metaOf(client, logLevel) },
    });
  }

  async function begin(exchange: Exchange): Promise<void> {
    forget();
    client = clientOf(exchange.request);
    const discovered = adopted ?? await discover(client, { outer: exchange, modern });
    adopted = undefined;
    const { bytes, bodyStart } = discovered;
    const capabilities = valueOf(bytes, bodyStart, "capabilities");
    const value = capabilities && JSON.parse(textOf(capabilities, 0, capabilities.length));
    const promises = (list: string) => value?.[list]?.listChanged === true;
    announced = {
      toolsListChanged: promises("tools") || undefined,
      promptsListChanged: promises("prompts") || undefined,
      resourcesListChanged: promises("resources") || undefined,
    };
    canSubscribe = value?.resources?.subscribe === true;
    exchange.answer(
      initializeAnswer(discovered, { initialize: exchange.request, host: context.url.host }),
    );
  }

  /** The client begins anew. */
  function forget() {
    listening.end();
    listening = listen();
    questions.abandon();
    subscriptions.clear();
    logLevel = undefined;
    announced = {};
    canSubscribe = false;
  }

  function setLevel(exchange: Exchange) {
    const { request } = exchange;
    const level = valueOf(request.bytes, request.bodyStart, "level");
    const text = level && textOf(level, 0, level.length);
    if (!text || !logLevels.includes(JSON.parse(text))) {
      exchange.answer(errorOf(request.id, invalidLevel));
      return;
    }
    logLevel = text;
    exchange.answer(resultOf(request.id, "{}"));
  }

  async function subscribe(exchange: Exchange): Promise<void> {
    const { request } = exchange;
    const { uri } = request;
    if (!canSubscribe || uri === undefined) {
      const error = canSubscribe ? invalidUri : noSubscriptions;
      return void exchange.answer(errorOf(request.id, error));
    }
    if (request.method === "resources/unsubscribe") {
      if (subscriptions.delete(uri)) await listening.listenTo(filter());
      return void exchange.answer(resultOf(request.id, "{}"));
    }
    const isNew = !subscriptions.has(uri);
    subscriptions.add(uri);
    try {
      if (isNew) {
        const { resourceSubscriptions = [] } = await listening.listenTo(filter());
        if (!resourceSubscriptions.includes(uri)) {
          subscriptions.delete(uri);
          return void exchange.answer(errorOf(request.id, notSubscribable));
        }
      }
    } catch (error) {
      subscriptions.delete(uri);
      throw error;
    }
    exchange.answer(resultOf(request.id, "{}"));
  }

  function filter(): NotificationFilter {
    return {
      ...announced,
      resourceSubscriptions: subscriptions.size > 0 ? [...subscriptions] : undefined,
    };
  }

  function send(message: Message): void {
    if (message.kind === "response") {
      if (!questions.take(message)) {
        log.debug("the client sent a response that nobody waits for; it is dropped");
      }
      return;
    }
    switch (message.method) {
      case "notifications/initialized":
        return listenFromNowOn();
      // What has no counterpart in the modern era: what is asked is asked anew each time.
      case "notifications/cancelled":
      case "notifications/progress":
      case "notifications/roots/list_changed":
        return;
    }
    modern.send(withMeta(message));
  }

  /**
   * Before the client asks for a list: what changes between the list and a subscription that comes behind
   * it would never be told. Over HTTP/1.1 that costs the first list a connection of its own.
   */
  function listenFromNowOn() {
    listening.listenTo(filter()).catch((error) =>
      log.debug(`changes of lists are not announced: ${asProxyError(error).message}`)
    );
  }

  return {
    adopt(discovered) {
      adopted = discovered;
    },
    request,
    send,
    cancel(_message, exchange) {
      // The end of the POST tells the backend.
      exchange.isCancelled = true;
      exchange.abort(requestCancelled());
    },
    flushed: () => modern.flushed(),
    async end(signal) {
      listening.end();
      questions.abandon();
      await leaving.over(signal);
    },
  };
}

/** An answer as the legacy era has it: a resource that is missing has a code of its own there. */
function translateAnswer(response: Message, { method }: Message): Message {
  if (!response.isError || method !== "resources/read") return response;
  const { bytes, bodyStart } = response;
  const code = memberOf(bytes, bodyStart, "code");
  if (!code || Number(textOf(bytes, code.valueStart, code.end)) !== errorCodes.invalidParams) {
    return response;
  }
  return withBody(
    response,
    editObject(bytes, bodyStart, { set: { code: String(errorCodes.resourceNotFound) } }),
  );
}

const invalidUri = JSON.stringify({
  code: errorCodes.invalidParams,
  message: "The uri of the resource is missing",
});
const notSubscribable = JSON.stringify({
  code: errorCodes.invalidParams,
  message: "The backend does not announce changes of this resource",
});
const noSubscriptions = JSON.stringify({
  code: errorCodes.methodNotFound,
  message: "The backend does not offer subscriptions to resources",
});
