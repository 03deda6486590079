import { editObject, memberOf, membersOf, valueOf } from "../json/edit_object.ts";
import { textOf } from "../json/scan_json.ts";
import type { Message } from "../jsonrpc/scan_message.ts";
import { errorCodeOf } from "./complete_result.ts";
import { errorCodes } from "./protocol.ts";

/** Where the modern era declares tasks (MCP extension Tasks). */
export const tasksExtension = "io.modelcontextprotocol/tasks";

/**
 * Capabilities, a client's or a backend's, without those for tasks. The eras have different tasks,
 * which are two protocols: whoever is told of the other's would use what nobody understands.
 */
export function withoutTasks(capabilities: Uint8Array | undefined): Uint8Array | undefined {
  if (!capabilities) return undefined;
  const extensions = memberOf(capabilities, 0, "extensions");
  const hasExtension = extensions !== undefined &&
    membersOf(capabilities, extensions.valueStart).some(({ name }) => name === tasksExtension);
  if (!hasExtension && !memberOf(capabilities, 0, "tasks")) return capabilities;
  return editObject(capabilities, 0, {
    without: ["tasks"],
    set: {
      extensions: hasExtension
        ? editObject(capabilities, extensions.valueStart, { without: [tasksExtension] })
        : undefined,
    },
  });
}

/** The members by which a request of this method asks for a task: whoever has none ignores them. */
export function taskMembers(method: string): readonly string[] {
  return method === "tools/call" ? ["task"] : [];
}

/** Whether a request is about tasks, of which the other side has none. */
export function isAboutTasks(method: string): boolean {
  return method.startsWith("tasks/");
}

/** Whether a backend of the modern era has refused a call since its client does not know of tasks. */
export function wantsTasks(response: Message): boolean {
  if (errorCodeOf(response) !== errorCodes.missingClientCapability) return false;
  const data = valueOf(response.bytes, response.bodyStart, "data");
  const wanted = data && valueOf(data, 0, "requiredCapabilities");
  const extensions = wanted && valueOf(wanted, 0, "extensions");
  return extensions !== undefined && valueOf(extensions, 0, tasksExtension) !== undefined;
}

/** Whether a backend of the modern era has made a task of a call. */
export function isTask({ bytes, bodyStart, isError }: Message): boolean {
  const type = isError ? undefined : valueOf(bytes, bodyStart, "resultType");
  return type !== undefined && textOf(type, 0, type.length) === '"task"';
}

/** The error, as JSON, for a request about tasks. */
export const noTasks: string = JSON.stringify({
  code: errorCodes.methodNotFound,
  message: "There are no tasks: client and backend speak different eras of MCP",
});
