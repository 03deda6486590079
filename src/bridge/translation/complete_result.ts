import { textOf } from "../json/scan_json.ts";
import type { Message } from "../jsonrpc/scan_message.ts";
import { editObject, valueOf } from "../json/edit_object.ts";
import { errorCodes } from "./protocol.ts";
import { editResult, withBody } from "./rewrite_message.ts";

/** The requests whose results say how long they may be kept (MCP 2026-07-28, caching). */
const cacheable: ReadonlySet<string> = new Set([
  "server/discover",
  "tools/list",
  "prompts/list",
  "resources/list",
  "resources/templates/list",
  "resources/read",
]);

/**
 * The answer of a backend of the legacy era as the modern era has it: a result says that it is complete
 * and, where the era wants it, that it must not be kept; a missing resource has another code.
 */
export function completeResult(response: Message, method: string): Message {
  const { bytes, bodyStart, isError } = response;
  if (isError) return translateError(response);
  const unless = (name: string, value: string) =>
    valueOf(bytes, bodyStart, name) === undefined ? value : undefined;
  const isCacheable = cacheable.has(method);
  return editResult(response, {
    set: {
      resultType: unless("resultType", '"complete"'),
      ttlMs: isCacheable ? unless("ttlMs", "0") : undefined,
      cacheScope: isCacheable ? unless("cacheScope", '"private"') : undefined,
    },
  });
}

/** The code of an error response; `undefined` when it has none. */
export function errorCodeOf({ bytes, bodyStart, isError }: Message): number | undefined {
  const code = isError ? valueOf(bytes, bodyStart, "code") : undefined;
  return code && Number(textOf(code, 0, code.length));
}

function translateError(response: Message): Message {
  if (errorCodeOf(response) !== errorCodes.resourceNotFound) return response;
  const { bytes, bodyStart } = response;
  const code = String(errorCodes.invalidParams);
  return withBody(response, editObject(bytes, bodyStart, { set: { code } }));
}
