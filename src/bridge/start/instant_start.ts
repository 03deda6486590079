import { startTimer } from "../../base/timer.ts";
import type { Exchange } from "../exchange.ts";
import type { Message } from "../jsonrpc/scan_message.ts";
import type { LegacyEra } from "../legacy/era.ts";
import { initializeResultOf } from "../legacy/session.ts";
import { isListMethod, mayBeStoodInFor, rememberAnswer, resultOf } from "./remembered_answers.ts";
import type { StandIn } from "./stand_in.ts";
import type { BegunSession, InstantStartOptions } from "./start_settings.ts";

/** The legacy era of a client that never waits for the person. */
export interface InstantStart extends LegacyEra {
  /** Takes another carrier: from now on all goes by it. */
  use(era: LegacyEra): void;
  /** The client's requests wait for a sign-in, and have done so for some time. */
  signInIsPending(): void;
  /** They do not wait any more. */
  signInIsOver(): void;
  /** Whether this is the name of a tool of ours that the client was offered. */
  isOwnTool(name: string): boolean;
}

/**
 * Carries messages as the era that it was given, remembers what the backend says of itself, and has
 * a stand-in answer in its place while it cannot be asked: until the person has signed in, or while
 * it is out of reach. As long as nothing is in the way, that stand-in is not even loaded.
 */
export function createInstantStart(options: InstantStartOptions): InstantStart {
  const { settings: { memory, mode, startGrace } } = options;
  let { era } = options;
  const begun: BegunSession = {
    initialize: undefined,
    initialized: undefined,
    result: undefined,
  };
  let standIn: StandIn | undefined;
  let loading: Promise<StandIn> | undefined;
  let begunAt = options.settings.begunAt;
  /** While it is there, the backend is asked for the first time, and nothing may overtake that. */
  let asking: Promise<void> | undefined;
  /** While it is there, it is not decided who begins the session; nothing may overtake that. */
  let deciding: Promise<void> | undefined;

  function load(): Promise<StandIn> {
    return loading ??= import("./stand_in.ts").then(({ createStandIn }) =>
      standIn = createStandIn({ ...options, era: () => era, begun, onInitialized: opened })
    );
  }

  function request(exchange: Exchange): Promise<void> {
    const { method } = exchange.request;
    if (method === "initialize") return begin(exchange);
    if (deciding) return deciding.then(() => request(exchange));
    // Without a session there is nothing to stand in for.
    if (!begun.initialize) return era.request(exchange);
    if (standIn) return standIn.request(exchange);
    if (loading) return loading.then((loaded) => loaded.request(exchange));
    if (asking) return asking.then(() => request(exchange));
    return isListMethod(method) ? list(exchange) : era.request(exchange);
  }

  async function begin(exchange: Exchange): Promise<void> {
    begun.initialize = exchange.request;
    begun.initialized = begun.result = undefined;
    standIn?.forget();
    exchange.onAnswered = (response) => {
      if (begun.initialize === exchange.request) opened(response);
      asked.resolve();
    };
    const asked = Promise.withResolvers<void>();
    asking = asked.promise;
    asked.promise.then(() => {
      if (asking === asked.promise) asking = undefined;
    });
    try {
      await carry(exchange, asked.resolve);
    } finally {
      asked.resolve();
    }
  }

  /** @param onDecided called when somebody else sees to the rest */
  async function carry(exchange: Exchange, onDecided: () => void): Promise<void> {
    // Where nobody has been asked before, it may be that nobody has to be.
    exchange.purpose = "unasked";
    if (mode === "always") {
      const decided = Promise.withResolvers<void>();
      deciding = decided.promise;
      const chosen = await memory.isEmpty() ? undefined : await load();
      const carried = chosen ? chosen.begin(exchange) : beginAtBackend(exchange, onDecided);
      if (chosen) onDecided();
      if (deciding === decided.promise) deciding = undefined;
      decided.resolve();
      return await carried;
    }
    await beginAtBackend(exchange, onDecided);
  }

  async function beginAtBackend(exchange: Exchange, onDecided: () => void): Promise<void> {
    const waited = begunAt === undefined ? 0 : performance.now() - begunAt;
    begunAt = undefined;
    const ended = era.request(exchange);
    standIn?.adopt(exchange, ended);
    using _late = startTimer(() => {
      if (exchange.isAnswered) return;
      load().then((loaded) => loaded.late(exchange, ended)).then(onDecided);
    }, Math.max(0, startGrace - waited));
    try {
      await ended;
    } catch (error) {
      if (exchange.isAnswered) throw error;
      try {
        const loaded = await load();
        const carried = loaded.failed(exchange, error);
        onDecided();
        await carried;
      } catch (error) {
        // The client is told that there is no session, so that nothing is to be answered in it.
        if (!exchange.isAnsweredMeanwhile && begun.initialize === exchange.request) {
          begun.initialize = undefined;
        }
        throw error;
      }
    }
  }

  function send(message: Message): void {
    if (deciding) return void deciding.then(() => send(message));
    if (message.method === "notifications/initialized") begun.initialized = message;
    if (standIn) standIn.send(message);
    else if (loading) loading.then((loaded) => loaded.send(message));
    else era.send(message);
  }

  function opened(response: Message) {
    const result = initializeResultOf(response);
    if (!result) return;
    begun.result = result;
    memory.note({ era: "legacy", method: "initialize" }, resultOf(response));
    standIn?.opened();
  }

  async function list(exchange: Exchange): Promise<void> {
    rememberAnswer(exchange, { era: "legacy", memory });
    exchange.purpose = "unasked";
    try {
      await era.request(exchange);
    } catch (error) {
      if (exchange.isAnswered || !mayBeStoodInFor(error)) throw error;
      await (await load()).listFailed(exchange, error);
    }
  }

  return {
    request,
    send,
    cancel: (message, exchange) => era.cancel(message, exchange),
    async flushed() {
      // What waits for a sign-in goes nowhere before that.
      if (!standIn || !options.isAuthorizing()) await era.flushed();
    },
    async end(signal) {
      standIn?.end();
      await era.end(signal);
    },
    use(next) {
      era = next;
    },
    signInIsPending() {
      if (begun.result) load().then((loaded) => loaded.signInIsPending());
    },
    signInIsOver: () => standIn?.signInIsOver(),
    isOwnTool: (name) => standIn?.isOwnTool(name) ?? false,
  };
}
