import { startTimer, type Timer } from "../base/timer.ts";

/** Sends one message, calls `onSend` when it leaves, and resolves when the backend has taken it. */
export type PostOneWay = (onSend: () => void) => Promise<void>;

/** What {@linkcode createOneWayMessages} needs. */
export interface OneWayMessagesOptions {
  /** How long a notification is waited for, once it was sent, before the next, in milliseconds. */
  orderTimeout: number;
  /** Receives what a post rejected with. */
  onError(error: unknown): void;
}

/** One message on its way. */
export interface OneWayMessage {
  /** Resolves when the backend has taken it, or it was given up. */
  readonly taken: Promise<void>;
  /** Resolves when what the protocol puts behind it may go out: when it is taken, or had the time to be. */
  readonly passed: Promise<void>;
}

/** The client's notifications and responses on their way: messages that get no JSON-RPC answer. */
export interface OneWayMessages {
  /**
   * Sends a notification when those before it have passed. Not when all were taken: a backend may take
   * one only once the client has answered what it asks about it.
   */
  inOrder(post: PostOneWay): OneWayMessage;
  /** Sends a message that waits for no other. */
  atOnce(post: PostOneWay): OneWayMessage;
  /** Resolves when nothing is on its way any more. */
  settled(): Promise<void>;
}

/** Keeps notifications in order, and everything else independent of them. */
export function createOneWayMessages(options: OneWayMessagesOptions): OneWayMessages {
  const { orderTimeout, onError } = options;
  const underway = new Set<Promise<void>>();
  /** Resolves when the next notification may go out. */
  let turn: Promise<void> = Promise.resolve();

  function start(post: PostOneWay, before?: Promise<void>): OneWayMessage {
    const passed = Promise.withResolvers<void>();
    let timer: Timer | undefined;
    const send = async () => {
      if (before) await before;
      await post(() => timer ??= startTimer(passed.resolve, orderTimeout));
    };
    const taken = send().catch(onError).finally(() => {
      timer?.stop();
      passed.resolve();
      underway.delete(taken);
    });
    underway.add(taken);
    return { taken, passed: passed.promise };
  }

  return {
    inOrder(post) {
      const message = start(post, turn);
      turn = message.passed;
      return message;
    },
    atOnce: (post) => start(post),
    async settled() {
      while (underway.size > 0) await Promise.all(underway);
    },
  };
}
