import type { ErrorCategory, ProxyError } from "../../errors.ts";

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
    data: { reason: error.reason, hint: error.fix, httpStatus: error.httpStatus },
  });
}

/** The answer to a line that is not JSON (JSON-RPC 2.0 section 5.1). */
export const parseErrorAnswer: Uint8Array = errorLine("null", {
  code: -32700,
  message: "Parse error: the line is not JSON",
  data: { reason: "parse_error", hint: "send one JSON-RPC 2.0 message a line, in UTF-8" },
});

/** The answer to JSON that is no message (JSON-RPC 2.0 section 5.1). */
export const invalidRequestAnswer: Uint8Array = errorLine("null", {
  code: -32600,
  message: "Invalid Request: the line is not a JSON-RPC 2.0 message",
  data: { reason: "invalid_request", hint: "see https://modelcontextprotocol.io/specification" },
});

/** The answer to a line that is longer than `maxBytes`. */
export function tooLongAnswer(maxBytes: number): Uint8Array {
  return errorLine("null", {
    code: -32600,
    message: `Invalid Request: the line is longer than ${maxBytes} bytes`,
    data: { reason: "message_too_long", hint: "raise --max-message-bytes or send less" },
  });
}

function errorLine(id: string, error: unknown): Uint8Array {
  return new TextEncoder().encode(`{"jsonrpc":"2.0","id":${id},"error":${JSON.stringify(error)}}`);
}
