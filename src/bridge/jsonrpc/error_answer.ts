import {
  type ErrorCategory,
  type ErrorParts,
  errorText,
  type ProxyError,
} from "../../base/errors.ts";

/** Our own codes, in the range that JSON-RPC 2.0 section 5.1 leaves to implementations. */
const codes: Record<ErrorCategory, number> = {
  "Backend error": -32010,
  "Network error": -32011,
  "Authentication error": -32012,
  "Configuration error": -32013,
  "System error": -32014,
  "Internal error": -32015,
};

/** An error of ours as the answer to the request with this id (as it was written). */
export function errorAnswer(id: string, error: ProxyError): Uint8Array {
  return errorLine(id, {
    code: codes[error.category],
    message: error.message,
    data: {
      reason: error.reason,
      hint: error.fix,
      httpStatus: error.httpStatus,
      // In seconds, as in HTTP.
      retryAfter: error.retryAfter && Math.ceil(error.retryAfter / 1000),
    },
  });
}

/** The answer to a line that is not JSON (JSON-RPC 2.0 section 5.1). */
export function parseErrorAnswer(): Uint8Array {
  return inputErrorLine({
    code: -32700,
    category: "Parse error",
    what: "the line is not JSON",
    fix: "send one JSON-RPC 2.0 message per line, in UTF-8",
    reason: "parse_error",
  });
}

/** The answer to JSON that is no message (JSON-RPC 2.0 section 5.1). */
export function invalidRequestAnswer(): Uint8Array {
  return inputErrorLine({
    code: -32600,
    category: "Invalid Request",
    what: "the line is not a JSON-RPC 2.0 message",
    fix: "see https://modelcontextprotocol.io/specification",
    reason: "invalid_request",
  });
}

/** The answer to a line that is longer than `maxBytes`. */
export function tooLongAnswer(maxBytes: number): Uint8Array {
  return inputErrorLine({
    code: -32600,
    category: "Invalid Request",
    what: `the line is longer than ${maxBytes} bytes`,
    fix: "raise --max-message-bytes or send less",
    reason: "message_too_long",
  });
}

/** The answer to what has no id that could be answered. */
function inputErrorLine(
  { code, reason, ...parts }: ErrorParts & { code: number; reason: string },
): Uint8Array {
  return errorLine("null", {
    code,
    message: errorText(parts),
    data: { reason, hint: parts.fix },
  });
}

function errorLine(id: string, error: unknown): Uint8Array {
  return new TextEncoder().encode(`{"jsonrpc":"2.0","id":${id},"error":${JSON.stringify(error)}}`);
}
