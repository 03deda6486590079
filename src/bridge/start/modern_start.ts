import { startTimer } from "../../base/timer.ts";
import type { Exchange } from "../exchange.ts";
import type { ModernEra } from "../modern/modern_era.ts";
import type { ModernStandIn } from "./modern_stand_in.ts";
import { isListMethod, mayBeStoodInFor, rememberAnswer } from "./remembered_answers.ts";
import type { ModernStartOptions } from "./start_settings.ts";

/** The modern era of a client that never waits for the person. */
export interface ModernStart extends ModernEra {
  /** Takes another carrier: from now on all goes by it. */
  use(era: ModernEra): void;
  /** The client's requests wait for a sign-in, and have done so for some time. */
  signInIsPending(): void;
  /** They do not wait any more. */
  signInIsOver(): void;
  /** Whether this is the name of a tool of ours that the client was offered. */
  isOwnTool(name: string): boolean;
}

/**
 * Carries messages as the era that it was given, and has a stand-in answer `server/discover` and lists
 * while the backend cannot be asked. There is no session: each request stands for itself.
 */
export function createModernStart(options: ModernStartOptions): ModernStart {
  const { settings: { memory, mode, startGrace } } = options;
  let { era } = options;
  let standIn: ModernStandIn | undefined;
  let loading: Promise<ModernStandIn> | undefined;
  let isUsed = false;

  function load(): Promise<ModernStandIn> {
    return loading ??= import("./modern_stand_in.ts").then(({ createModernStandIn }) =>
      standIn = createModernStandIn({ ...options, era: () => era })
    );
  }

  function request(exchange: Exchange): Promise<void> {
    isUsed = true;
    const { method } = exchange.request;
    if (standIn) return standIn.request(exchange);
    if (loading) return loading.then((loaded) => loaded.request(exchange));
    if (method === "subscriptions/listen") return listen(exchange);
    return isAnswerable(method) ? ask(exchange) : era.request(exchange);
  }

  /** Asks for what could be answered from memory, too. */
  async function ask(exchange: Exchange): Promise<void> {
    rememberAnswer(exchange, { era: "modern", memory });
    exchange.purpose = "unasked";
    if (mode === "always" && !await memory.isEmpty()) return await (await load()).request(exchange);
    using start = startTimer(() => {
      if (!exchange.isAnswered) load().then((loaded) => loaded.late(exchange));
    }, startGrace);
    try {
      await era.request(exchange);
    } catch (error) {
      if (exchange.isAnswered || !mayBeStoodInFor(error)) throw error;
      // A list waits for as long as lists do.
      if (isListMethod(exchange.request.method)) start.stop();
      await (await load()).failed(exchange, error);
    }
  }

  /** Nobody is asked to sign in for what a client does by itself. */
  async function listen(exchange: Exchange): Promise<void> {
    exchange.purpose = "unasked";
    try {
      await era.request(exchange);
    } catch (error) {
      if (exchange.isAnswered || !mayBeStoodInFor(error)) throw error;
      await (await load()).listen(exchange);
    }
  }

  return {
    request,
    send: (message) => era.send(message),
    async flushed() {
      await era.flushed();
      standIn?.end();
    },
    use(next) {
      era = next;
    },
    signInIsPending() {
      if (isUsed) load().then((loaded) => loaded.signInIsPending());
    },
    signInIsOver: () => standIn?.signInIsOver(),
    isOwnTool: (name) => standIn?.isOwnTool(name) ?? false,
  };
}

/** Whether memory may hold the answer. */
function isAnswerable(method: string): boolean {
  return method === "server/discover" || isListMethod(method);
}
