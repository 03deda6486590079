/** The protocol version of the modern era that is spoken in translation. */
export const modernVersion = "2026-07-28";

/** The protocol versions of the legacy era that are spoken in translation, the newest first. */
export const legacyVersions: readonly string[] = [
  "2025-11-25",
  "2025-06-18",
  "2025-03-26",
  "2024-11-05",
];

/** The members of `_meta` that the modern era added (MCP 2026-07-28, general fields). */
export const metaKeys = {
  protocolVersion: "io.modelcontextprotocol/protocolVersion",
  clientInfo: "io.modelcontextprotocol/clientInfo",
  clientCapabilities: "io.modelcontextprotocol/clientCapabilities",
  logLevel: "io.modelcontextprotocol/logLevel",
  serverInfo: "io.modelcontextprotocol/serverInfo",
  subscriptionId: "io.modelcontextprotocol/subscriptionId",
} as const;

/** The error codes that the eras give to the same, or that only one of them has. */
export const errorCodes = {
  methodNotFound: -32601,
  invalidParams: -32602,
  internalError: -32603,
  /** Up to 2025-11-25; -32602 since. */
  resourceNotFound: -32002,
  /** 2025-11-25 only. */
  urlElicitationRequired: -32042,
  headerMismatch: -32020,
  missingClientCapability: -32021,
  unsupportedProtocolVersion: -32022,
} as const;

/** What clients send in the legacy era only (MCP 2026-07-28, changelog). */
const legacyOnly: ReadonlySet<string> = new Set([
  "initialize",
  "ping",
  "logging/setLevel",
  "resources/subscribe",
  "resources/unsubscribe",
  "notifications/initialized",
  "notifications/roots/list_changed",
]);

/**
 * Whether a message of a client has this meaning in the legacy era only. Its client gets the answer of
 * its own era: in the other one it would change what serves others as well.
 */
export function isLegacyOnly(method: string): boolean {
  return legacyOnly.has(method);
}

/** Whether a request has this meaning in the modern era only. */
export function isModernOnly(method: string): boolean {
  return method === "server/discover" || method === "subscriptions/listen";
}

/** The error, as JSON, for a request that the client's era does not have. */
export const unknownMethod: string = JSON.stringify({
  code: errorCodes.methodNotFound,
  message: "Method not found",
});

/** The levels of `notifications/message`, the most detailed first (RFC 5424 section 6.2.1). */
export const logLevels: readonly string[] = [
  "debug",
  "info",
  "notice",
  "warning",
  "error",
  "critical",
  "alert",
  "emergency",
];

/** The error, as JSON, for a log level that is none of these. */
export const invalidLevel: string = JSON.stringify({
  code: errorCodes.invalidParams,
  message: `Invalid log level; one of ${logLevels.join(", ")} is wanted`,
});
