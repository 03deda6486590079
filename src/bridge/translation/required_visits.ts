import { memberOf, valueOf } from "../json/edit_object.ts";
import { elementsOf, openBracket } from "../json/scan_json.ts";
import type { Message } from "../jsonrpc/scan_message.ts";
import { errorCodeOf } from "./complete_result.ts";
import { errorCodes } from "./protocol.ts";
import { join, messageOf } from "./rewrite_message.ts";

/** More than so many are not shown for one request. */
const maxVisits = 16;

/**
 * The elicitations by URL that a backend wants to be carried out before it is sent a request again (MCP
 * 2025-11-25, URLElicitationRequiredError), as requests; none when an answer is none of these.
 */
export function requiredVisits(response: Message): readonly Message[] {
  if (errorCodeOf(response) !== errorCodes.urlElicitationRequired) return [];
  const data = valueOf(response.bytes, response.bodyStart, "data");
  const list = data && memberOf(data, 0, "elicitations");
  if (!data || !list || data[list.valueStart] !== openBracket) return [];
  return [...elementsOf(data, list.valueStart)].slice(0, maxVisits).map(([from, to]) =>
    messageOf(join([
      '{"jsonrpc":"2.0","id":"visit","method":"elicitation/create","params":',
      data.subarray(from, to),
      "}",
    ]))
  );
}
