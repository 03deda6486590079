import type { CutMessage } from "../message/cut_response.ts";
import { scanMessage } from "../message/scan_message.ts";
import { readPieces } from "./read_pieces.ts";
import { createEventReader, type StreamEvent } from "./event_reader.ts";

/** What {@linkcode readEvents} needs. */
export interface ReadEventsOptions {
  /** An event with more data is skipped. */
  maxBytes: number;
  /** Receives each event; not one that the stream broke off in. */
  onEvent(event: StreamEvent): void;
  /** Called for an event that was skipped, with both ends of its data. */
  onTooLong(cut: CutMessage): void;
  /** The pause that the server wants before a reconnection, in milliseconds. */
  onRetry(milliseconds: number): void;
  /** Called when bytes came, whatever they mean. */
  onBytes?(): void;
  /** Waits while the client is slow to read. */
  room(): Promise<void> | undefined;
  /** The signal that was given to `fetch`; its reason is thrown when it is aborted. */
  signal: AbortSignal;
}

/**
 * Reads an event stream to its end.
 *
 * @returns how it ended: `ended` by the server, or `broken` by the network
 */
export async function readEvents(
  body: ReadableStream<Uint8Array>,
  options: ReadEventsOptions,
): Promise<"ended" | "broken"> {
  const { room, signal, onBytes } = options;
  const events = createEventReader({
    ...options,
    onEvent: (event) => {
      // What the stream broke off in counts only if nothing but the blank line is missing.
      if (!event.isCut || scanMessage(event.data).kind !== "not JSON") options.onEvent(event);
    },
  });
  const ending = await readPieces(body, (piece) => {
    onBytes?.();
    events.push(piece);
    return room();
  });
  signal.throwIfAborted();
  events.end();
  return ending;
}
