import assert from "node:assert/strict";
import { clientSecrets, shownSecret } from "../../src/cli/shown_secret.ts";
import { options } from "../../src/settings/options.ts";

Deno.test("a secret on the command line is told with the variables that would hide it", () => {
  assert.deepEqual(clientSecrets, ["oidcClientSecret", "backendClientSecret"]);
  assert.deepEqual(clientSecrets.map(shownSecret), [
    {
      what: "the client secret is on the command line, where process lists show it",
      fix: "set OIDC_CLIENT_SECRET or OIDC_CLIENT_SECRET_FILE instead",
    },
    {
      what: "the client secret of the backend's authorization server is on the command line, " +
        "where process lists show it",
      fix: "set MCP_BACKEND_CLIENT_SECRET or MCP_BACKEND_CLIENT_SECRET_FILE instead",
    },
  ]);
  for (const name of clientSecrets) {
    assert.ok(shownSecret(name).fix.startsWith(`set ${options[name].env} or `));
  }
});
