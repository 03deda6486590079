import { editObject, memberOf } from "./json/edit_object.ts";
import { openBrace } from "./json/scan_json.ts";
import type { Message } from "./jsonrpc/scan_message.ts";
import { metaKeys } from "./translation/protocol.ts";
import { editParams } from "./translation/rewrite_message.ts";

/**
 * Declares an extension among the client's capabilities, for what this program does in the client's
 * place: with `initialize`, and in the modern era with every request. What the client declares itself
 * stays as it is, and so does every other byte.
 */
export function declareExtension(name: string): (message: Message) => Message {
  return (message) => {
    const { bytes, bodyStart, method, protocolVersion } = message;
    if (protocolVersion !== undefined) {
      const meta = memberOf(bytes, bodyStart, "_meta");
      const set = capabilitiesIn(bytes, meta?.valueStart ?? -1, {
        member: metaKeys.clientCapabilities,
        name,
      });
      return set ? editParams(message, { meta: { set } }) : message;
    }
    if (method !== "initialize") return message;
    const set = capabilitiesIn(bytes, bodyStart, { member: "capabilities", name });
    return set ? editParams(message, { set }) : message;
  };
}

/** The member with the extension in it; `undefined` when it is there already, or is no object. */
function capabilitiesIn(
  bytes: Uint8Array,
  start: number,
  { member, name }: { member: string; name: string },
): Record<string, Uint8Array> | undefined {
  const capabilities = objectAt(bytes, start, member);
  if (!capabilities) return undefined;
  const extensions = objectAt(capabilities.bytes, capabilities.start, "extensions");
  if (!extensions || memberOf(extensions.bytes, extensions.start, name)) return undefined;
  const declared = editObject(extensions.bytes, extensions.start, { set: { [name]: "{}" } });
  return {
    [member]: editObject(capabilities.bytes, capabilities.start, {
      set: { extensions: declared },
    }),
  };
}

/** The object of this name, an empty one when there is none; `undefined` for anything else. */
function objectAt(
  bytes: Uint8Array,
  start: number,
  name: string,
): { bytes: Uint8Array; start: number } | undefined {
  const member = memberOf(bytes, start, name);
  if (!member) return { bytes: emptyObject, start: 0 };
  return bytes[member.valueStart] === openBrace ? { bytes, start: member.valueStart } : undefined;
}

const emptyObject = new TextEncoder().encode("{}");
