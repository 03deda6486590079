/** The variable in which `main.ts` tells `client.ts`, through the harness, how to start the program. */
export const settingsVariable = "AUTHFUL_CONFORMANCE_SETTINGS";
