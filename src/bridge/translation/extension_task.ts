import { pause } from "../../base/abortable.ts";
import { describe, ProxyError } from "../../base/errors.ts";
import type { BridgeContext } from "../bridge_context.ts";
import { createOwnExchange, type Exchange } from "../exchange.ts";
import { editObject, membersOf, valueOf } from "../json/edit_object.ts";
import { openBrace, textOf } from "../json/scan_json.ts";
import type { Message } from "../jsonrpc/scan_message.ts";
import type { ModernEra } from "../modern/modern_era.ts";
import { ask } from "./ask.ts";
import type { ClientRequests } from "./client_requests.ts";
import { type ClientIdentity, metaOf } from "./discover.ts";
import { askClient, maxRounds, tooMany } from "./input_rounds.ts";
import { limitedQuestion, probeTimeout } from "./limited_question.ts";
import { metaKeys } from "./protocol.ts";
import { editParams, errorOf, join, messageOf, resultOf } from "./rewrite_message.ts";
import { pollInterval, taskIdOf } from "./task_values.ts";
import { tasksExtension } from "./without_tasks.ts";

/** What {@linkcode awaitTask} needs. */
export interface ExtensionTaskOptions {
  /** The running bridge. */
  context: Pick<BridgeContext, "acceptTimeout" | "isAuthorizing" | "log">;
  /** The client's exchange. */
  outer: Exchange;
  /** Carries messages of the modern era. */
  modern: Pick<ModernEra, "request">;
  /** Puts to the client what the task asks. */
  questions: ClientRequests;
  /** Who the client is. */
  client: ClientIdentity;
  /** Gets what is still to be said to the backend of a task that is given up; it never rejects. */
  onLeaving(left: Promise<void>): void;
}

/** Counts the requests about tasks, whose ids must differ from the client's. */
let requests = 0;
const nextId = () => `"authful-mcp-proxy-task-${++requests}"`;

/** A call, for a backend that wants the client to know of tasks. */
export function withTasks(request: Message, { capabilities }: ClientIdentity): Message {
  const meta = { set: { [metaKeys.clientCapabilities]: withExtension(capabilities) } };
  return editParams(request, { meta }, nextId());
}

/**
 * Asks for a task until it has ended (MCP extension Tasks, SEP-2663), and has the client asked what
 * the task wants to know.
 *
 * @param created the answer by which the backend has made a task of the call
 * @returns the answer that a plain call would have had
 * @throws {ProxyError} when there is none
 */
export async function awaitTask(created: Message, options: ExtensionTaskOptions): Promise<Message> {
  const { context, outer, modern, client } = options;
  const { request } = outer;
  const taskId = taskIdOf(bodyOf(created), request);
  /** The keys of what the client has answered: the backend may name them still. */
  const answered: string[] = [];
  let rounds = 0;

  function about(method: string, more: readonly (string | Uint8Array)[] = []): Message {
    const params = join([`{"taskId":${taskId}`, ...more, "}"]);
    const plain = messageOf(
      join([`{"jsonrpc":"2.0","id":${nextId()},"method":"${method}","params":`, params, "}"]),
    );
    const capabilities = withExtension(client.capabilities);
    return editParams(plain, { meta: { set: metaOf({ ...client, capabilities }) } });
  }

  const send = (message: Message, exchange = outer) =>
    ask(message, { outer: exchange, send: (inner) => modern.request(inner) });

  async function cancel(): Promise<void> {
    try {
      await limitedQuestion(createOwnExchange(request, outer.purpose), {
        timeout: probeTimeout(context),
        isAuthorizing: context.isAuthorizing,
        ask: (asking) => send(about("tasks/cancel"), asking),
      });
    } catch (error) {
      context.log.debug(`a task was not cancelled: ${describe(error)}`);
    }
  }

  /** Has the client asked what is new; an answer of the call when that went wrong. */
  async function provide(wanted: Uint8Array): Promise<Message | undefined> {
    const asked = editObject(wanted, 0, { without: answered });
    const keys = membersOf(asked, 0).map(({ name }) => name);
    if (keys.length === 0) return undefined;
    if (++rounds > maxRounds) throw tooMany(request, `in more than ${maxRounds} rounds`);
    // A person may be thinking, which takes no time of the backend.
    outer.sentAt = 0;
    const { responses, error } = await askClient(asked, {
      request,
      outer,
      client: options.questions,
      capabilities: client.capabilities,
    });
    if (error) return error;
    const updated = await send(about("tasks/update", [',"inputResponses":', responses]));
    answered.push(...keys);
    return updated.isError ? updated : undefined;
  }

  try {
    let state = created;
    for (;;) {
      await pause(
        pollInterval(valueOf(state.bytes, state.bodyStart, "pollIntervalMs")),
        outer.signal,
      );
      state = await send(about("tasks/get"));
      if (state.isError) return state;
      const { bytes, bodyStart } = state;
      const status = valueOf(bytes, bodyStart, "status");
      const wanted = valueOf(bytes, bodyStart, "inputRequests");
      switch (status && textOf(status, 0, status.length)) {
        case '"working"':
          continue;
        case '"input_required"': {
          const failed = wanted?.[0] === openBrace ? await provide(wanted) : undefined;
          if (!failed) continue;
          options.onLeaving(cancel());
          return failed;
        }
        case '"completed"': {
          const result = valueOf(bytes, bodyStart, "result");
          if (result) return resultOf(request.id, result);
          break;
        }
        case '"failed"': {
          const error = valueOf(bytes, bodyStart, "error");
          if (error) return errorOf(request.id, error);
        }
      }
      throw noOutcome(request, status);
    }
  } catch (error) {
    // A task whose outcome nobody gets is not to wait for good.
    if (outer.signal.aborted || isGivenUp(error)) options.onLeaving(cancel());
    throw error;
  }
}

function bodyOf({ bytes, bodyStart, bodyEnd }: Message): Uint8Array {
  return bytes.subarray(bodyStart, bodyEnd);
}

/** Capabilities of a client that knows of tasks. */
function withExtension(capabilities: Uint8Array = emptyObject): Uint8Array {
  const extensions = valueOf(capabilities, 0, "extensions") ?? emptyObject;
  return editObject(capabilities, 0, {
    set: { extensions: editObject(extensions, 0, { set: { [tasksExtension]: "{}" } }) },
  });
}

const emptyObject = new TextEncoder().encode("{}");

/** Whether it is we who do not go on. */
function isGivenUp(error: unknown): boolean {
  const reasons = ["input_not_possible", "input_without_end"];
  return error instanceof ProxyError && reasons.includes(error.reason);
}

function noOutcome({ name }: Message, status: Uint8Array | undefined): ProxyError {
  const told = status ? textOf(status, 0, Math.min(status.length, 64)) : "nothing";
  return new ProxyError({
    category: "Backend error",
    what: `the backend carries out the call of ${name} as a task, which has no result; ` +
      `its status is ${told}`,
    fix: "check what was done before you try again, and look at the backend's log",
    reason: "task_without_result",
  });
}
