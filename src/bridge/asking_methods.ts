/**
 * The requests that a backend may answer only when it has asked the client something: those which MCP
 * 2026-07-28 lets be answered with `input_required` (multi round-trip requests).
 */
export const askingMethods: ReadonlySet<string> = new Set([
  "tools/call",
  "prompts/get",
  "resources/read",
]);
