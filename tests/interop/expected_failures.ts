/**
 * What is known to fail: counterpart, feature, and why. The case is that of the list of inputs that
 * this program is to be made fit for, or "new" with what happens and what would be right. One that
 * passes turns the run red, so that it is taken off.
 */
export const expectedFailures: ExpectedFailures = {
  "java-sdk": { "roots/list_changed": "E1" },
  "java-sdk-sse": {
    "sampling": "A4",
    "elicitation": "A4",
    "roots": "A4",
    "roots/list_changed": "A4",
  },
  "spring-ai-streamable": { "roots/list_changed": "E1" },
  "mcp-server-security": { "roots/list_changed": "E1" },
  "spring-ai-sse": {
    "sampling": "A4",
    "elicitation": "A4",
    "roots": "A4",
    "roots/list_changed": "A4",
  },
  "quarkus-sse": {
    "sampling": "A4",
    "elicitation": "A4",
    "roots": "A4",
  },
  "sdk-v1-post-only": {
    "elicitation": "A1",
    "quiet while idle": "A1",
  },
};

/** By counterpart (with `@2026` for the second of its protocols) and feature. */
export type ExpectedFailures = Readonly<Record<string, Readonly<Record<string, string>>>>;
