import { startTimer, type Timer } from "../../base/timer.ts";
import { memberOf, valueOf } from "../json/edit_object.ts";
import { textOf } from "../json/scan_json.ts";
import type { Exchange } from "../exchange.ts";
import type { Message } from "../jsonrpc/scan_message.ts";

/** How often a client that asked for progress hears that its request waits, in milliseconds. */
const interval = 5_000;
/** A longer progress token is not repeated, in bytes. */
const maxTokenLength = 1_024;
/** So small that what the backend itself says of the progress is more. */
const step = 1e-9;

/** What {@linkcode tellOfWaiting} needs. */
export interface WaitingOptions {
  /** The requests that wait at that moment. */
  waiting(): readonly Exchange[];
  /** What they wait for, for people. */
  message: string;
  /** Gives one line to the client. */
  toClient(line: Uint8Array): void;
}

/** Tells the client every five seconds that its requests still wait, as far as it wants to know. */
export function tellOfWaiting({ waiting, message, toClient }: WaitingOptions): Disposable {
  let count = 0;
  let timer: Timer = startTimer(tell, interval);
  function tell() {
    count++;
    for (const { request, isAnsweredMeanwhile } of waiting()) {
      const token = isAnsweredMeanwhile ? undefined : progressTokenOf(request);
      if (token !== undefined) toClient(progressNotification(token, { count, message }));
    }
    timer = startTimer(tell, interval);
  }
  return { [Symbol.dispose]: () => timer.stop() };
}

function progressNotification(
  token: string,
  { count, message }: { count: number; message: string },
): Uint8Array {
  const progress = (count * step).toFixed(12);
  return new TextEncoder().encode(
    `{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":${token},` +
      `"progress":${progress},"message":${JSON.stringify(message)}}}`,
  );
}

/** `params._meta.progressToken` as it was written. */
export function progressTokenOf({ bytes, bodyStart }: Message): string | undefined {
  const meta = memberOf(bytes, bodyStart, "_meta");
  const token = meta && valueOf(bytes, meta.valueStart, "progressToken");
  if (!token || token.length > maxTokenLength) return undefined;
  const isToken = /["\-0-9]/.test(String.fromCharCode(token[0]));
  return isToken ? textOf(token, 0, token.length) : undefined;
}
