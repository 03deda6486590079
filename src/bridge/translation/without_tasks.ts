import { editObject, memberOf, membersOf } from "../json/edit_object.ts";
import { errorCodes } from "./protocol.ts";

/** Where the modern era declares tasks (MCP extension Tasks). */
const extension = "io.modelcontextprotocol/tasks";

/**
 * Capabilities, a client's or a backend's, without those for tasks. The eras have different tasks,
 * neither of which is translated: whoever is told of the other's would use what nobody understands.
 */
export function withoutTasks(capabilities: Uint8Array | undefined): Uint8Array | undefined {
  if (!capabilities) return undefined;
  const extensions = memberOf(capabilities, 0, "extensions");
  const hasExtension = extensions !== undefined &&
    membersOf(capabilities, extensions.valueStart).some(({ name }) => name === extension);
  if (!hasExtension && !memberOf(capabilities, 0, "tasks")) return capabilities;
  return editObject(capabilities, 0, {
    without: ["tasks"],
    set: {
      extensions: hasExtension
        ? editObject(capabilities, extensions.valueStart, { without: [extension] })
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

/** The error, as JSON, for a request about tasks. */
export const noTasks: string = JSON.stringify({
  code: errorCodes.methodNotFound,
  message: "There are no tasks: client and backend speak different eras of MCP",
});
