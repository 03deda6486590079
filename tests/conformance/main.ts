/**
 * Runs every client scenario of the MCP project's conformance suite that is not about OAuth through
 * the program, for both eras of the protocol, and prints what came of each: first with a client of the
 * scenario's own era, then with one of the other era, so that the program translates.
 *
 *     deno task test:conformance             all of them
 *     deno task test:conformance sse-retry   those whose name contains this
 *
 * @module
 */
import { startCompany } from "../support/company.ts";
import { fromFileUrl } from "../support/paths.ts";
import { listScenarios, printOutcome, runScenario } from "./harness.ts";

/** The last revision of each era. */
const revisions = ["2025-11-25", "2026-07-28"];

/** Scenarios that say nothing about a bridge, each with the reason. */
const leftOut: readonly { pattern: RegExp; reason: string }[] = [
  {
    pattern: /^auth\//,
    reason: "about OAuth: deno task test:conformance:auth runs those",
  },
  {
    pattern: /^sep-2640-client-/,
    reason: "an extension that tells hosts what to do with skills after they have arrived",
  },
];

/** Scenarios that translation cannot pass, each with the reason; one that does pass is a failure. */
const untranslatable: Readonly<Record<string, string>> = {
  "request-metadata":
    "wants every POST to be of 2026-07-28, and the first one offers the client's own era",
  "http-standard-headers": answersBothEras("the header fields of initialize"),
  "http-custom-headers": answersBothEras("calls of a client that ends there"),
  "http-invalid-tool-headers": answersBothEras("calls of a client that ends there"),
};

/** A backend that speaks the client's era is not translated, and this one speaks it wrongly. */
function answersBothEras(wants: string): string {
  return `its backend answers initialize, with version 2026-07-28, and wants ${wants}`;
}

const [wanted = ""] = Deno.args;
const scenarios = await listScenarios();
// Nothing but the sign-in needs this backend: the harness brings one for each scenario.
await using company = await startCompany({ backend: new URL("http://127.0.0.1:9/mcp") });
{
  await using program = await company.start({
    args: [company.gateway.url.href, "--retry-window", "1"],
  });
  program.initialize();
  await company.signIn();
  await program.endInput();
  await program.exit;
}

let passed = 0;
let failed = 0;
let expected = 0;
for (const otherEra of [false, true]) {
  for (const revision of revisions) {
    console.log(`\n${revision}${otherEra ? ", the client is of the other era" : ""}`);
    for (const [scenario, applies] of scenarios) {
      const left = leftOut.some(({ pattern }) => pattern.test(scenario));
      if (left || !applies.includes(revision) || !scenario.includes(wanted)) continue;
      const outcome = await runScenario(scenario, {
        revision,
        client: fromFileUrl(import.meta.resolve("./client.ts")),
        settings: company.settings({ args: ["--debug"] }),
        otherEra,
      });
      const why = otherEra ? untranslatable[scenario] : undefined;
      if (why !== undefined && !outcome.passed) {
        console.log(`  cannot ${scenario}: ${why}`);
        expected++;
      } else if (why !== undefined) {
        console.log(`  FAILED ${scenario} passes, and is listed as one that cannot`);
        failed++;
      } else {
        printOutcome(scenario, outcome);
        if (outcome.passed) passed++;
        else failed++;
      }
    }
  }
}

console.log("\nleft out");
for (const { pattern, reason } of leftOut) {
  const names = [...scenarios.keys()].filter((name) => pattern.test(name));
  console.log(`  ${names.length} scenarios: ${reason}\n    ${names.join(", ")}`);
}
console.log(`\n${passed} passed, ${failed} failed, ${expected} cannot pass when translated`);
// What this test was meant to show has to be there at all.
Deno.exitCode = failed > 0 || passed === 0 ? 1 : 0;
