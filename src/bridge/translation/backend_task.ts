import { abortable, pause } from "../../base/abortable.ts";
import { describe } from "../../base/errors.ts";
import type { BridgeContext } from "../bridge_context.ts";
import { createOwnExchange, type Exchange, requestCancelled } from "../exchange.ts";
import { editObject, memberOf, valueOf } from "../json/edit_object.ts";
import { openBrace, stringOf, textOf } from "../json/scan_json.ts";
import { cancelledNotification } from "../jsonrpc/cancelled_notification.ts";
import type { Message } from "../jsonrpc/scan_message.ts";
import { ask } from "./ask.ts";
import type { BackendSession } from "./backend_session.ts";
import { limitedQuestion, probeTimeout } from "./limited_question.ts";
import { editParams, editResult, messageOf } from "./rewrite_message.ts";
import { pollInterval, taskIdOf } from "./task_values.ts";

/**
 * A call that a backend of the legacy era carries out as a task (MCP 2025-11-25, tasks). To whoever
 * makes the call it is a plain one.
 */
export interface BackendTask {
  /** The session for this call: what is sent there as a request becomes a task, and its outcome the answer. */
  readonly session: BackendSession;
  /** The member of the call's params that makes it a task, as JSON. */
  readonly parameter: string;
  /** Whether the backend has made a task of the call. */
  readonly isCreated: boolean;
  /** Whether the backend says that this belongs to the task. */
  owns(message: Message): boolean;
  /** What the task asks, as a plain call would ask it. */
  plain(question: Message): Message;
}

/** What {@linkcode createBackendTask} needs. */
export interface BackendTaskOptions {
  /** The running bridge. */
  context: Pick<BridgeContext, "acceptTimeout" | "isAuthorizing" | "log">;
  /** The session in which the call is made. */
  session: BackendSession;
  /** Gets what is still to be said to the backend of a call that was cancelled; it never rejects. */
  onLeaving(left: Promise<void>): void;
}

/** How long the backend is asked to keep a task, in milliseconds; without this some do so for good. */
const ttl = 3_600_000;

/** The member of `_meta` by which messages belong to a task. */
const relatedTask = "io.modelcontextprotocol/related-task";

/** A task that there is none of yet. */
export function createBackendTask(options: BackendTaskOptions): BackendTask {
  const { context, session } = options;
  const ended = new AbortController();
  let creating: Promise<unknown> = Promise.resolve();
  /** As JSON. */
  let taskId: string | undefined;
  /** What the backend is asked now. */
  let asked: Exchange | undefined;

  function send(request: Message, outer: Exchange): Promise<Message> {
    return ask(request, {
      outer,
      send(exchange) {
        asked = exchange;
        return session.request(exchange);
      },
    });
  }

  async function request(exchange: Exchange): Promise<void> {
    const created = send(exchange.request, exchange);
    creating = created.catch(() => {});
    const response = await created;
    const task = taskOf(response);
    // It may have refused the call, or have carried it out at once.
    if (!task) return void exchange.answer(response);
    taskId = taskIdOf(task, exchange.request);
    ended.signal.throwIfAborted();
    exchange.answer(withoutRelation(await outcome(exchange)));
  }

  /**
   * The answer to `tasks/result`. It is asked for again while the task lasts: some backends refuse to
   * be asked before the end, and what waits for long is cut off on many a way.
   */
  async function outcome(exchange: Exchange): Promise<Message> {
    for (let hasEnded = false;;) {
      let refusal: Message | undefined;
      let failure: unknown;
      try {
        const response = await send(aboutTask("tasks/result"), exchange);
        if (!response.isError) return response;
        refusal = response;
      } catch (error) {
        failure = error;
      }
      ended.signal.throwIfAborted();
      const state = hasEnded ? undefined : await stateOf(exchange);
      ended.signal.throwIfAborted();
      if (!state) {
        if (refusal) return refusal;
        throw failure;
      }
      if (state.isOpen) await pause(state.interval, ended.signal);
      // It may have ended behind the refusal.
      else hasEnded = true;
    }
  }

  /** What the backend says of the task; `undefined` when it says nothing. */
  async function stateOf(
    exchange: Exchange,
  ): Promise<{ isOpen: boolean; interval: number } | undefined> {
    const response = await send(aboutTask("tasks/get"), exchange).catch(() => undefined);
    if (!response || response.isError) return undefined;
    const { bytes, bodyStart } = response;
    const status = valueOf(bytes, bodyStart, "status");
    return {
      isOpen: status !== undefined && openStatus.has(textOf(status, 0, status.length)),
      interval: pollInterval(valueOf(bytes, bodyStart, "pollInterval")),
    };
  }

  function aboutTask(method: string): Message {
    return messageOf(
      `{"jsonrpc":"2.0","id":${session.nextId()},"method":"${method}","params":{"taskId":${taskId}}}`,
    );
  }

  /** A task is not cancelled by a notification, and not before it is known which one it is. */
  async function leave({ request, purpose }: Exchange): Promise<void> {
    ended.abort(requestCancelled());
    const stopAsking = () => {
      const reason = "the client has cancelled the call";
      if (!asked || asked.isAnswered) return;
      session.cancel(messageOf(cancelledNotification(asked.request.id, reason)), asked);
    };
    if (taskId !== undefined) stopAsking();
    try {
      await limitedQuestion(createOwnExchange(request, purpose), {
        timeout: probeTimeout(context),
        isAuthorizing: context.isAuthorizing,
        async ask(asking) {
          await abortable(creating, asking.signal);
          if (taskId === undefined || !session.capabilities.tasks?.cancel) return;
          await ask(aboutTask("tasks/cancel"), {
            outer: asking,
            send: (exchange) => session.request(exchange),
          });
        },
      });
    } catch (error) {
      context.log.debug(`a task was not cancelled: ${describe(error)}`);
      if (taskId === undefined) stopAsking();
    }
  }

  return {
    parameter: JSON.stringify({ ttl }),
    get isCreated() {
      return taskId !== undefined;
    },
    owns({ bytes, bodyStart }) {
      if (taskId === undefined || bodyStart === -1) return false;
      const meta = valueOf(bytes, bodyStart, "_meta");
      const related = meta && valueOf(meta, 0, relatedTask);
      const id = related && valueOf(related, 0, "taskId");
      return id?.[0] === 0x22 && stringOf(id, 0, id.length) === JSON.parse(taskId);
    },
    plain: (question) => editParams(question, { meta: { without: [relatedTask] } }),
    session: {
      ...session,
      request,
      cancel: (_message, exchange) => options.onLeaving(leave(exchange)),
      send: (message) => session.send(withRelation(message)),
    },
  };

  /** An answer to what the task has asked (MCP 2025-11-25, tasks, associating task-related messages). */
  function withRelation(message: Message): Message {
    const { bytes, bodyStart, kind } = message;
    if (taskId === undefined || kind !== "response") return message;
    const meta = memberOf(bytes, bodyStart, "_meta");
    const [from, at] = meta && bytes[meta.valueStart] === openBrace
      ? [bytes, meta.valueStart]
      : [emptyObject, 0];
    const set = { [relatedTask]: `{"taskId":${taskId}}` };
    return editResult(message, { set: { _meta: editObject(from, at, { set }) } });
  }
}

/** The outcome of a task, as a plain call would have had it. */
function withoutRelation(response: Message): Message {
  const { bytes, bodyStart, isError } = response;
  const meta = isError ? undefined : memberOf(bytes, bodyStart, "_meta");
  if (!meta || bytes[meta.valueStart] !== openBrace) return response;
  const edited = editObject(bytes, meta.valueStart, { without: [relatedTask] });
  return edited.length > emptyObject.length
    ? editResult(response, { set: { _meta: edited } })
    : editResult(response, { without: ["_meta"] });
}

/** The task that a call has become, as JSON. */
function taskOf({ bytes, bodyStart, isError }: Message): Uint8Array | undefined {
  if (isError) return undefined;
  const task = valueOf(bytes, bodyStart, "task");
  if (task?.[0] === openBrace) return task;
  // FastMCP 2 says it there, in a result that is empty otherwise.
  const meta = valueOf(bytes, bodyStart, "_meta");
  const other = meta && valueOf(meta, 0, fastMcpTask);
  return other && valueOf(other, 0, "taskId") ? other : undefined;
}

const fastMcpTask = "modelcontextprotocol.io/task";
const openStatus: ReadonlySet<string> = new Set(['"working"', '"input_required"']);
const emptyObject = new TextEncoder().encode("{}");
