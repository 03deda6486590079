/**
 * What a client of most tests sets for the program, and a person does not.
 *
 * @module
 */
export const steadyStart = {
  // On a busy machine a sign-in takes longer than clients wait; tests about that set it.
  MCP_PROXY_START_GRACE: "25",
  // Whoever tests the process that finishes a sign-in takes this away: no other test leaves one.
  MCP_PROXY_NO_LINGER: "1",
} as const;
