import { nextTurn, startTimer, type Timer } from "../../base/timer.ts";
import { type Exchange, requestCancelled } from "../exchange.ts";
import { InnerExchange } from "../inner_exchange.ts";
import { editObject, valueOf } from "../json/edit_object.ts";
import { openBrace, textOf } from "../json/scan_json.ts";
import { cancelledNotification } from "../jsonrpc/cancelled_notification.ts";
import { sameId } from "../jsonrpc/id_key.ts";
import type { Message } from "../jsonrpc/scan_message.ts";
import type { BackendSession } from "./backend_session.ts";
import type { BackendTask } from "./backend_task.ts";
import { isUrlMode } from "./client_capability.ts";
import { completeResult } from "./complete_result.ts";
import { errorOf, join, messageOf, resultOf, withId } from "./rewrite_message.ts";

/**
 * One request at a backend of the legacy era, which may ask something before it answers. To a client
 * of the modern era that is the end of its request and the beginning of another one, while the backend
 * waits.
 */
export interface BackendCall {
  /** What it is known by. */
  readonly id: string;
  /** What stands for it in the next request of the client: `requestState`, another one each time. */
  readonly state: string;
  /** The request that the client sent first. */
  readonly request: Message;
  /** The request as the backend has it. */
  readonly exchange: Exchange;
  /** The progress token of the first request, as JSON, by which the backend knows it. */
  readonly progressToken: string | undefined;
  /** The client's exchange that waits for it now; `undefined` while the client is being asked. */
  readonly outer: Exchange | undefined;
  /** Sends it on behalf of this exchange; settles when that is answered. */
  start(outer: Exchange): Promise<void>;
  /** Goes on for another request of the client, which may bring answers; settles when that is answered. */
  resume(outer: Exchange): Promise<void>;
  /** Whether this belongs to it: it says so, or came on the answer stream of a request for it. */
  owns(message: Message, own: Exchange | undefined): boolean;
  /** Takes a request of the backend that belongs to it. */
  ask(request: Message): void;
  /** The backend has taken a request back; false when it is not one of this call. */
  takeBack(id: string): boolean;
  /** Ends it at the backend. */
  cancel(reason: string): void;
}

/** What {@linkcode createBackendCall} needs. */
export interface BackendCallOptions {
  /** The client's request. */
  request: Message;
  /** The same as the backend gets it. */
  translated: Message;
  /** Its progress token, as JSON. */
  progressToken: string | undefined;
  /** The session that it belongs to. */
  session: BackendSession;
  /** What becomes of it at the backend, when that is a task. */
  task: BackendTask | undefined;
  /** The URLs that the client has to show before a request is sent once more, as this answer says. */
  requiredVisits(response: Message): readonly Message[];
  /** Whether the client has declared that it can show URLs; it has unless told otherwise. */
  showsUrls?: boolean;
  /** How long the client may take to answer what it is asked, in milliseconds. */
  patience: number;
  /** Called when it is over. */
  onOver(): void;
}

/** What a backend wants to know of the client at the same time is at most so much. */
const maxQuestions = 64;

/** A request that is not sent yet. */
export function createBackendCall(options: BackendCallOptions): BackendCall {
  const { request, task, patience, onOver } = options;
  const session = task?.session ?? options.session;
  let { translated } = options;
  const id = crypto.randomUUID();
  let rounds = 0;
  const state = () => `${id}.${rounds}`;
  /** What the backend asks, by the key that it has towards the client. */
  const questions = new Map<string, Message>();
  /** URLs that the person has to visit before the request is sent once more, in the same way. */
  const visits = new Map<string, Message>();
  let count = 0;
  let outer: Exchange | undefined;
  let turn = Promise.withResolvers<void>();
  let isOver = false;
  /** What the backend answered, or what went wrong, while nobody waited for it. */
  let outcome: { response: Message } | { error: unknown } | undefined;
  let waiting: Timer | undefined;
  let exchange: InnerExchange | undefined;

  function over() {
    isOver = true;
    waiting?.stop();
    for (const question of questions.values()) session.send(errorOf(question.id, givenUp));
    onOver();
  }

  function sendTo(to: Exchange) {
    if (isOver) return;
    const sent = exchange = new InnerExchange(translated, {
      outer: to,
      onAnswer: (response) => settle({ response }),
    });
    session.request(sent).then(
      () => sent.response ?? settle({ error: sent.failure ?? requestCancelled() }),
      (error) => sent.response ?? settle({ error }),
    );
  }

  function attach(to: Exchange): Promise<void> {
    waiting?.stop();
    outer = to;
    if (exchange) exchange.outer = to;
    turn = Promise.withResolvers();
    const { signal } = to;
    const cancelled = () => {
      // It is answered already; this is for the backend.
      detach();
      cancel("the client has cancelled it");
    };
    if (signal.aborted) cancelled();
    else signal.addEventListener("abort", cancelled);
    return turn.promise.finally(() => signal.removeEventListener("abort", cancelled));
  }

  function detach() {
    outer = undefined;
    turn.resolve();
  }

  function settle(result: NonNullable<typeof outcome>) {
    // What has become a task is not made another one.
    const mayVisit = "response" in result && !task?.isCreated;
    const urls = mayVisit ? options.requiredVisits(result.response) : [];
    if (urls.length > 0) {
      for (const url of urls) visits.set(`url-${++count}`, url);
      return void give();
    }
    outcome = result;
    if (!outer) return;
    if ("response" in result) {
      outer.answer(completeResult(result.response, request.method, options));
    } else outer.fail(result.error);
    detach();
    over();
  }

  function cancel(reason: string) {
    if (isOver) return;
    if (exchange && !exchange.isAnswered) {
      session.cancel(messageOf(cancelledNotification(translated.id, reason)), exchange);
    }
    over();
  }

  /** Gives the client what the backend asks, all that it asks at the same time together. */
  async function give() {
    await nextTurn();
    if (!outer || isOver || questions.size + visits.size === 0) return;
    const members = [...questions, ...visits].map(([key, question], n) =>
      join([n === 0 ? "" : ",", `${JSON.stringify(key)}:`, inputRequest(question)])
    );
    rounds++;
    outer.answer(resultOf(
      outer.request.id,
      join([
        '{"resultType":"input_required","inputRequests":{',
        ...members,
        `},"requestState":${JSON.stringify(state())}}`,
      ]),
    ));
    detach();
    waiting = startTimer(() => cancel("the client did not answer what was asked"), patience);
  }

  return {
    id,
    get state() {
      return state();
    },
    request,
    progressToken: options.progressToken,
    get exchange() {
      if (!exchange) throw new Error("the request was not sent");
      return exchange;
    },
    get outer() {
      return outer;
    },
    async start(to) {
      const attached = attach(to);
      sendTo(to);
      await attached;
    },
    async resume(to) {
      const attached = attach(to);
      // The time of the person is over, that of the backend goes on.
      to.sentAt = performance.now();
      const hadVisits = visits.size > 0;
      answerQuestions(to.request);
      if (outcome) settle(outcome);
      else if (questions.size + visits.size > 0) give();
      else if (hadVisits && outer) {
        translated = withId(translated, session.nextId());
        sendTo(outer);
      }
      await attached;
    },
    owns(message, own) {
      if (!exchange) return false;
      const isOwn = own === exchange || own instanceof InnerExchange && own.outer === exchange;
      return isOwn || task?.owns(message) === true;
    },
    ask(question) {
      if (isOver) return session.send(errorOf(question.id, givenUp));
      if (questions.size >= maxQuestions) return session.send(errorOf(question.id, tooMany));
      const { bytes, ...plain } = task?.plain(question) ?? question;
      const kept = { ...plain, bytes: bytes.slice() };
      questions.set(`${methodName(question.method)}-${++count}`, kept);
      give();
    },
    takeBack(id) {
      for (const [key, question] of questions) {
        if (sameId(question.id, id)) return questions.delete(key);
      }
      return false;
    },
    cancel,
  };

  function answerQuestions({ bytes, bodyStart }: Message) {
    const responses = valueOf(bytes, bodyStart, "inputResponses");
    if (!responses) return;
    for (const [key, question] of questions) {
      const answer = valueOf(responses, 0, key);
      if (!answer) continue;
      questions.delete(key);
      session.send(resultOf(question.id, answer));
    }
    for (const [key, { id }] of visits) {
      const answer = valueOf(responses, 0, key);
      if (!answer) continue;
      visits.delete(key);
      const action = valueOf(answer, 0, "action");
      if (action && textOf(action, 0, action.length) === '"accept"') continue;
      // The person will not; the backend would only ask for the same again.
      outcome = { response: errorOf(id, notVisited) };
    }
  }
}

/** A request of the backend as it stands in `inputRequests`. */
function inputRequest({ bytes, bodyStart, method }: Message): Uint8Array {
  const name = JSON.stringify(method);
  // Where the backend sends none: the client of the Go SDK 1.8 cannot read one without.
  if (bodyStart === -1) return join([`{"method":${name},"params":{}}`]);
  const params = bytes[bodyStart] === openBrace
    // The id by which a notification could refer to it is gone with that notification.
    ? editObject(bytes, bodyStart, {
      without: isUrlMode(method, bytes.subarray(bodyStart)) ? ["elicitationId"] : [],
    })
    : undefined;
  return join([`{"method":${name}`, ...params ? [',"params":', params] : [], "}"]);
}

function methodName(method: string): string {
  return method.split("/")[0];
}

const notVisited = JSON.stringify({
  code: -32603,
  message: "The backend wants a URL to be visited, which was declined",
});
const tooMany = JSON.stringify({
  code: -32603,
  message: `The client is being asked ${maxQuestions} things for this request already`,
});
const givenUp = JSON.stringify({
  code: -32603,
  message: "The client has given up the request that this belongs to",
});
