import { nextTurn } from "../../base/timer.ts";
import { PausableWalk, skipSpace } from "../json/scan_json.ts";
import { scanMessage, type Scanned } from "./scan_message.ts";

/** So much is scanned before others have their turn, in bytes: some milliseconds of work. */
export const turnLength: number = 1 << 18;

/**
 * Does what `scanMessage` does, but lets others have their turn while it goes through a long message
 * of the backend. What stands in long `params` is not looked for.
 */
export async function scanInTurns(bytes: Uint8Array): Promise<Scanned> {
  const walk = new PausableWalk(bytes, skipSpace(bytes, 0));
  while (walk.goOn(turnLength)) await nextTurn();
  return walk.isNotJson ? { kind: "not JSON" } : scanMessage(bytes, walk.ends);
}
