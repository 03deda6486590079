/**
 * Runs the client scenarios of the MCP project's conformance suite that are about OAuth through the
 * program, for both eras of the protocol, and prints what came of each.
 *
 *     deno task test:conformance:auth              all of them
 *     deno task test:conformance:auth scope-step   those whose name contains this
 *
 * @module
 */
import { createHome } from "../support/home.ts";
import { freePort } from "../support/free_port.ts";
import { fromFileUrl } from "../support/paths.ts";
import { refusedScopeVariable } from "./settings_variable.ts";
import { listScenarios, printOutcome, runScenario } from "./harness.ts";

/** The last revision of each era, and none for extensions, which belong to no revision. */
const revisions = ["2025-11-25", "2026-07-28", undefined];

/** Scenarios for what the program does not do, each with the reason. */
const leftOut: Readonly<Record<string, string>> = {
  "auth/2025-03-26-oauth-metadata-backcompat":
    "a backend of 2025-03-26 that is its own authorization server without saying so: " +
    "such a backend offers a flow of its own, set OIDC_ISSUER_URL to it",
  "auth/2025-03-26-oauth-endpoint-fallback":
    "endpoints guessed without any metadata, which this program never does",
};

/** Scenarios that are run several times: each names a scope that the harness then refuses in its own way. */
const refusedScopes: Readonly<Record<string, readonly string[]>> = {
  "auth/wif-jwt-bearer": ["wif.rejected", "wif.trigger-unauthorized"],
};

const [wanted = ""] = Deno.args;
const scenarios = await listScenarios();
let passed = 0;
let failed = 0;
for (const revision of revisions) {
  console.log(`\n${revision ?? "extensions"}`);
  for (const [scenario, applies] of scenarios) {
    if (!scenario.startsWith("auth/") || scenario in leftOut) continue;
    const applicable = revision === undefined
      ? !applies.some((other) => revisions.includes(other))
      : applies.includes(revision);
    if (!applicable || !scenario.includes(wanted)) continue;
    for (const refusedScope of refusedScopes[scenario] ?? [undefined]) {
      // A home of its own: nothing that another scenario stored may help.
      await using home = await createHome();
      const outcome = await runScenario(scenario, {
        revision,
        client: fromFileUrl(import.meta.resolve("./auth_client.ts")),
        settings: {
          home: home.path,
          args: ["--debug", "--retry-window", "0"],
          env: {
            ...refusedScope !== undefined && { [refusedScopeVariable]: refusedScope },
            DISPLAY: ":0",
            BROWSER: `"${Deno.execPath()}" run -A --quiet "${
              fromFileUrl(import.meta.resolve("./browser.ts"))
            }" %s`,
            MCP_PROXY_LOGIN_TIMEOUT: "8",
            OIDC_REDIRECT_URL: `http://127.0.0.1:${freePort()}/auth/callback`,
          },
        },
      });
      printOutcome(refusedScope ? `${scenario}, then ${refusedScope}` : scenario, outcome);
      if (outcome.passed) passed++;
      else failed++;
    }
  }
}

console.log("\nleft out");
for (const [name, reason] of Object.entries(leftOut)) console.log(`  ${name}: ${reason}`);
console.log(`\n${passed} passed, ${failed} failed`);
// What this test was meant to show has to be there at all.
Deno.exitCode = failed > 0 || passed === 0 ? 1 : 0;
