/** The settings that are a client's secret itself. */
export const clientSecrets = ["oidcClientSecret", "backendClientSecret"] as const;

/** What is said of a secret that was given as a flag. */
export function shownSecret(name: typeof clientSecrets[number]): { what: string; fix: string } {
  const [whose, variable] = name === "oidcClientSecret"
    ? ["the client secret", "OIDC_CLIENT_SECRET"]
    : ["the client secret of the backend's authorization server", "MCP_BACKEND_CLIENT_SECRET"];
  return {
    what: `${whose} is on the command line, where process lists show it`,
    fix: `set ${variable} or ${variable}_FILE instead`,
  };
}
