import { ProxyError } from "../../base/errors.ts";
import { valueOf } from "../json/edit_object.ts";
import { textOf } from "../json/scan_json.ts";
import type { Message } from "../jsonrpc/scan_message.ts";

/** The pause before a backend is asked for a task again, in milliseconds, where it does not say. */
const defaultInterval = 1_000;
/** The pause is never shorter nor longer than this, whatever the backend says. */
const shortestInterval = 100;
const longestInterval = 30_000;

/** The pause that a backend wants before it is asked again, in milliseconds; `value` as JSON. */
export function pollInterval(value: Uint8Array | undefined): number {
  const wanted = value ? Number(textOf(value, 0, value.length)) : NaN;
  if (!Number.isFinite(wanted)) return defaultInterval;
  return Math.min(Math.max(wanted, shortestInterval), longestInterval);
}

/**
 * The id of a task that a call has become, as JSON.
 *
 * @throws {ProxyError} when it has none
 */
export function taskIdOf(task: Uint8Array, { name }: Message): string {
  const id = valueOf(task, 0, "taskId");
  if (id?.[0] === 0x22) return textOf(id, 0, id.length);
  throw new ProxyError({
    category: "Backend error",
    what: `the backend has made a task of the call of ${name}, but did not say which`,
    fix: "look at the backend's log; the call may have been carried out",
    reason: "task_without_id",
  });
}
