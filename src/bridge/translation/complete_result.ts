import { textOf } from "../json/scan_json.ts";
import type { Message } from "../jsonrpc/scan_message.ts";
import { editObject, memberOf, valueOf } from "../json/edit_object.ts";
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
 * and, where the era wants it, that it must not be kept; a missing resource has another code, and so has
 * that URLs must be visited first: the modern era forbids it, and has one of its own for a client that
 * has not declared that it can show them.
 */
export function completeResult(
  response: Message,
  method: string,
  { showsUrls = true }: { showsUrls?: boolean } = {},
): Message {
  const { bytes, bodyStart, isError } = response;
  if (isError) return translateError(response, showsUrls);
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

function translateError(response: Message, showsUrls: boolean): Message {
  const { bytes, bodyStart } = response;
  switch (errorCodeOf(response)) {
    case errorCodes.resourceNotFound: {
      const code = String(errorCodes.invalidParams);
      return withBody(response, editObject(bytes, bodyStart, { set: { code } }));
    }
    case errorCodes.urlElicitationRequired: {
      if (showsUrls) {
        const code = String(errorCodes.internalError);
        return withBody(response, editObject(bytes, bodyStart, { set: { code } }));
      }
      const data = memberOf(bytes, bodyStart, "data");
      const [from, at] = data ? [bytes, data.valueStart] : [emptyObject, 0];
      return withBody(
        response,
        editObject(bytes, bodyStart, {
          set: {
            code: String(errorCodes.missingClientCapability),
            data: editObject(from, at, {
              set: { requiredCapabilities: '{"elicitation":{"url":{}}}' },
            }),
          },
        }),
      );
    }
    default:
      return response;
  }
}

const emptyObject = new TextEncoder().encode("{}");
