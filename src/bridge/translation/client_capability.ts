import { valueOf } from "../json/edit_object.ts";
import { textOf } from "../json/scan_json.ts";

/** Which capability lets a client be asked this; nothing else may be asked of it. */
const capabilityFor: ReadonlyMap<string, string> = new Map([
  ["elicitation/create", "elicitation"],
  ["sampling/createMessage", "sampling"],
  ["roots/list", "roots"],
]);

/** What a backend wants to ask, and what the client has declared, both as JSON. */
export interface Question {
  /** Its `params`. */
  params: Uint8Array | undefined;
  /** The client's capabilities. */
  capabilities: Uint8Array | undefined;
}

/** Whether the client has declared that it can be asked this. */
export function canBeAsked(method: string, { params, capabilities }: Question): boolean {
  const name = capabilityFor.get(method);
  const capability = name && capabilities && valueOf(capabilities, 0, name);
  if (!capability) return false;
  if (name !== "elicitation") return true;
  const knows = (mode: string) => valueOf(capability, 0, mode) !== undefined;
  // A client that names no mode knows forms (MCP 2025-11-25, elicitation).
  return isUrlMode(method, params) ? knows("url") : knows("form") || !knows("url");
}

/** Whether this is an elicitation by URL. */
export function isUrlMode(method: string, params: Uint8Array | undefined): boolean {
  const mode = method === "elicitation/create" && params && valueOf(params, 0, "mode");
  return mode ? textOf(mode, 0, mode.length) === '"url"' : false;
}
