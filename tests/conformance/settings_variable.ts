/** The variable in which `main.ts` tells `client.ts`, through the harness, how to start the program. */
export const settingsVariable = "AUTHFUL_CONFORMANCE_SETTINGS";

/** The variable, among those settings, that names the scope which the harness is to refuse. */
export const refusedScopeVariable = "AUTHFUL_CONFORMANCE_REFUSED_SCOPE";

/** The variable that says that the client is to be of the other era than the harness's backend. */
export const otherEraVariable = "AUTHFUL_CONFORMANCE_OTHER_ERA";
