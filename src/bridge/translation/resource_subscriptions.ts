import { asProxyError } from "../../base/errors.ts";
import { startTimer } from "../../base/timer.ts";
import type { BridgeContext } from "../bridge_context.ts";
import { createOwnExchange, type Exchange } from "../exchange.ts";
import type { Message } from "../jsonrpc/scan_message.ts";
import { notAnswered } from "../no_answer.ts";
import { ask } from "./ask.ts";
import type { BackendSession } from "./backend_session.ts";
import { messageOf } from "./rewrite_message.ts";

/** The resources that one session of the legacy era is subscribed to, each once for all who want it. */
export interface ResourceSubscriptions {
  /**
   * Wants to hear of a resource, which must be let go of by {@linkcode letGo} whatever comes of it.
   *
   * @returns whether the backend tells its changes
   * @throws {ProxyError} when the backend gives no answer
   */
  want(uri: string, purpose: Exchange["purpose"]): Promise<boolean>;
  /** Does not want to hear of it any more. */
  letGo(uri: string, purpose: Exchange["purpose"]): void;
}

/** What {@linkcode createResourceSubscriptions} needs. */
export interface ResourceSubscriptionsOptions {
  /** The running bridge. */
  context: Pick<BridgeContext, "acceptTimeout" | "isAuthorizing" | "log" | "stop">;
  /** The session. */
  session: Pick<BackendSession, "nextId" | "request">;
}

interface Resource {
  /** How many want it. */
  wanted: number;
  /** Whether the backend has subscribed us to it. */
  isSubscribed: boolean;
  /** Settles when what was begun for it before is done. */
  before: Promise<unknown>;
}

/** Subscribed to nothing yet. */
export function createResourceSubscriptions(
  { context, session }: ResourceSubscriptionsOptions,
): ResourceSubscriptions {
  const resources = new Map<string, Resource>();

  /**
   * One request about a resource after the other: each has a connection of its own, and a backend that
   * gets the `unsubscribe` of before behind the `subscribe` of now would tell nothing any more.
   */
  function inTurn<T>(resource: Resource, act: () => Promise<T>): Promise<T> {
    const done = resource.before.then(act);
    resource.before = done.catch(() => {});
    return done;
  }

  function resourceOf(uri: string): Resource {
    const known = resources.get(uri);
    if (known) return known;
    const resource = { wanted: 0, isSubscribed: false, before: Promise.resolve() };
    resources.set(uri, resource);
    return resource;
  }

  /**
   * On nobody's behalf: who asked first may leave while others wait for it, and what reaches the backend
   * has to be taken back.
   */
  async function answerTo(request: Message, purpose: Exchange["purpose"]): Promise<Message> {
    const outer = createOwnExchange(request, purpose);
    const stop = () => outer.abort(asProxyError(context.stop.reason));
    context.stop.addEventListener("abort", stop);
    const limit = () => startTimer(isOver, context.acceptTimeout);
    let timer = limit();
    function isOver() {
      // The time of a person who signs in does not count.
      if (context.isAuthorizing?.()) timer = limit();
      else outer.abort(notAnswered(request.method, context.acceptTimeout));
    }
    try {
      return await ask(request, { outer, send: (exchange) => session.request(exchange) });
    } finally {
      timer.stop();
      context.stop.removeEventListener("abort", stop);
    }
  }

  function request(method: string, uri: string): Message {
    return messageOf(
      `{"jsonrpc":"2.0","id":${session.nextId()},"method":"${method}","params":{"uri":${
        JSON.stringify(uri)
      }}}`,
    );
  }

  return {
    want(uri, purpose) {
      const resource = resourceOf(uri);
      resource.wanted++;
      return inTurn(resource, async () => {
        if (resource.isSubscribed || resource.wanted === 0) return resource.isSubscribed;
        const answer = await answerTo(request("resources/subscribe", uri), purpose);
        return resource.isSubscribed = !answer.isError;
      });
    },
    letGo(uri, purpose) {
      const resource = resources.get(uri);
      if (!resource) return;
      resource.wanted--;
      inTurn(resource, async () => {
        if (resource.wanted > 0) return;
        if (resource.isSubscribed && !context.stop.aborted) {
          resource.isSubscribed = false;
          await answerTo(request("resources/unsubscribe", uri), purpose);
        }
      }).catch((error) =>
        context.log.debug(`resources/unsubscribe failed: ${asProxyError(error).message}`)
      ).finally(() => {
        if (resource.wanted === 0 && resources.get(uri) === resource) resources.delete(uri);
      });
    },
  };
}
