import type { BridgeContext } from "./bridge_context.ts";
import { invalidRequestAnswer, parseErrorAnswer } from "./message/error_answer.ts";
import { scanMessage } from "./message/scan_message.ts";
import type { LegacyEra } from "./legacy/legacy_era.ts";

/** Where {@linkcode fromClient} passes messages on to. */
export interface FromClientOptions {
  /** The running bridge. */
  context: BridgeContext;
  /** Carries what is a message. */
  era: LegacyEra;
}

/** Takes one line of the client. What is no message is answered as JSON-RPC 2.0 section 5.1 says. */
export function fromClient(line: Uint8Array, { context, era }: FromClientOptions): void {
  const scanned = scanMessage(line);
  switch (scanned.kind) {
    case "request":
      return era.request(context.pending.open(scanned));
    case "notification":
    case "response":
      return era.tell(scanned);
    case "batch":
      for (const element of scanned.elements) fromClient(element, { context, era });
      return;
    case "not JSON":
      return context.toClient(parseErrorAnswer);
    case "not a message":
      return context.toClient(invalidRequestAnswer);
  }
}
