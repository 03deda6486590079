import { abortable } from "../../base/abortable.ts";
import { describe } from "../../base/errors.ts";
import type { BridgeContext } from "../bridge_context.ts";
import { createOwnExchange, type Exchange } from "../exchange.ts";
import { memberOf, valueOf } from "../json/edit_object.ts";
import { elementsOf, openBracket, stringOf, textOf } from "../json/scan_json.ts";
import type { Message } from "../jsonrpc/scan_message.ts";
import { ask } from "./ask.ts";
import type { BackendSession } from "./backend_session.ts";
import { limitedQuestion, probeTimeout } from "./limited_question.ts";
import { editParams, messageOf } from "./rewrite_message.ts";

/** Which tools of a backend of the legacy era can be called as a task only. */
export interface TaskTools {
  /**
   * Whether a call of this tool has to be a task (MCP 2025-11-25, tasks, tool-level negotiation). The
   * backend's lists are asked for once, for all calls; where they cannot be had, it is false.
   *
   * @throws {ProxyError} what the exchange was ended with, when it ends before that is known
   */
  has(name: string, exchange: Exchange): Promise<boolean>;
  /** The lists have changed. */
  forget(): void;
}

/** What {@linkcode createTaskTools} needs. */
export interface TaskToolsOptions {
  /** The running bridge. */
  context: Pick<BridgeContext, "acceptTimeout" | "isAuthorizing" | "log">;
  /** The session whose tools they are. */
  session: BackendSession;
}

/** A backend with more pages of tools than this is not asked for the rest. */
const maxPages = 64;

/** Whether a backend lets a call be a task at all. */
export function hasTasks({ capabilities }: BackendSession): boolean {
  const requests = Object(capabilities.tasks?.requests);
  return Boolean(Object(requests.tools).call);
}

/**
 * Asks by `tools/list` which tools want a task, so that a call is sent once, as what it has to be.
 * The refusal of a plain call would say so as well, but not in words that all backends share: many
 * give it as the result of a tool, which looks like one that was carried out.
 */
export function createTaskTools({ context, session }: TaskToolsOptions): TaskTools {
  let listed: Promise<ReadonlySet<string>> | undefined;

  async function list(purpose: Exchange["purpose"]): Promise<ReadonlySet<string>> {
    const names = new Set<string>();
    const first = messageOf(`{"jsonrpc":"2.0","id":${session.nextId()},"method":"tools/list"}`);
    await limitedQuestion(createOwnExchange(first, purpose), {
      timeout: probeTimeout(context),
      isAuthorizing: context.isAuthorizing,
      async ask(asking) {
        let request = first;
        for (let page = 1; page <= maxPages; page++) {
          const response = await ask(request, {
            outer: asking,
            send: (exchange) => session.request(exchange),
          });
          if (response.isError) throw new Error("the backend refused to list its tools");
          for (const name of taskNames(response)) names.add(name);
          const cursor = valueOf(response.bytes, response.bodyStart, "nextCursor");
          if (cursor?.[0] !== 0x22) return;
          request = editParams(first, { set: { cursor } }, session.nextId());
        }
      },
    });
    return names;
  }

  return {
    async has(name, { purpose, signal }) {
      const asked = listed ??= list(purpose);
      try {
        return (await abortable(asked, signal)).has(name);
      } catch (error) {
        signal.throwIfAborted();
        // The next call may have more luck.
        if (listed === asked) listed = undefined;
        context.log.debug(`which tools want a task is not known: ${describe(error)}`);
        return false;
      }
    },
    forget() {
      listed = undefined;
    },
  };
}

/** The names of the tools in a result of `tools/list` that can be called as a task only. */
function* taskNames({ bytes, bodyStart }: Message): Generator<string> {
  const tools = memberOf(bytes, bodyStart, "tools");
  if (!tools || bytes[tools.valueStart] !== openBracket) return;
  for (const [start] of elementsOf(bytes, tools.valueStart)) {
    const execution = valueOf(bytes, start, "execution");
    const support = execution && valueOf(execution, 0, "taskSupport");
    const name = valueOf(bytes, start, "name");
    if (name?.[0] !== 0x22 || !support) continue;
    if (textOf(support, 0, support.length) === '"required"') yield stringOf(name, 0, name.length);
  }
}
