import { scanInTurns } from "../jsonrpc/scan_in_turns.ts";
import { readChunks } from "./read_chunks.ts";
import { createEventReader, type EventReaderOptions, type StreamEvent } from "./event_reader.ts";

/** What {@linkcode readEvents} needs. */
export interface ReadEventsOptions extends Omit<EventReaderOptions, "onEvent"> {
  /**
   * Receives each event; not one that the stream broke off in. The next one, and more of the stream,
   * waits for what it returns.
   */
  onEvent(event: StreamEvent): Promise<void> | undefined;
  /** Called when bytes came, whatever they mean. */
  onBytes?(): void;
  /** Waits while the client is slow to read. */
  whenWritable(): Promise<void> | undefined;
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
  const { whenWritable, signal, onBytes } = options;
  /** What is being done with the events so far, if that takes more than one turn. */
  let work: Promise<void> | undefined;

  const events = createEventReader({
    ...options,
    onEvent: (event) => {
      if (work || event.isCut) work = takeBehind(work, event);
      else work = options.onEvent(event);
    },
  });

  async function takeBehind(before: Promise<void> | undefined, event: StreamEvent) {
    await before;
    // What the stream broke off in counts only if nothing but the blank line is missing.
    if (event.isCut && (await scanInTurns(event.data)).kind === "not JSON") return;
    await options.onEvent(event);
  }

  const ending = await readChunks(body, (piece) => {
    onBytes?.();
    events.push(piece);
    if (!work) return whenWritable();
    const before = work;
    work = undefined;
    return before.then(whenWritable);
  });
  signal.throwIfAborted();
  events.end();
  await work;
  return ending;
}
