/**
 * Runs the server scenarios of the MCP project's conformance suite: directly at a server of the SDK
 * that has what they look for, and then with the program between. The suite speaks Streamable HTTP, so
 * that a front takes its messages to the program's stdio. What passes directly has to pass through the
 * program, for a suite and a server of either era.
 *
 *     deno task test:conformance:server        all of them
 *     deno task test:conformance:server ping   this one
 *
 * @module
 */
import { startCompany } from "../../support/company.ts";
import { programCommand } from "../../support/program_command.ts";
import { listScenarios, type Outcome, printOutcome } from "../harness.ts";
import { type Era, startFixtureServer } from "./fixture_server.ts";
import { runSuite } from "./run_suite.ts";
import { startFront } from "./start_front.ts";

const eras = ["legacy", "modern"] as const;

/** The last revision of each era. */
const revisions: Readonly<Record<Era, string>> = { legacy: "2025-11-25", modern: "2026-07-28" };

/** Scenarios that say nothing about the program, each with the reason. */
const leftOut: readonly { pattern: RegExp; reason: string }[] = [
  {
    pattern: /^(dns-rebinding-protection|http-.*|server-session-lifecycle|server-sse-polling)$/,
    reason: "about HTTP on the suite's side, where the front stands",
  },
  {
    pattern: /^(tasks-|sep-2640-)/,
    reason: "extensions that the SDK's server does not have, and that are not translated",
  },
];

/** What cannot pass when it is translated. */
interface Untranslatable {
  /** The checks of the scenario, which fail or are not come to; one that does pass is a failure. */
  checks: readonly string[];
  /** Why. */
  reason: string;
}

/** By the era of the suite, and the scenario. */
const untranslatable: Readonly<Record<Era, Readonly<Record<string, Untranslatable>>>> = {
  legacy: {},
  modern: {
    "server-stateless": {
      checks: [
        "sep-2575-server-rejects-undeclared-capability",
        "sep-2575-missing-capability-http-400",
      ],
      reason: "a backend of 2025-11-25 has words of its own for what a client cannot be asked",
    },
    "input-required-result-basic-elicitation": {
      checks: ["sep-2322-elicitation-incomplete", "sep-2322-elicitation-complete"],
      reason: "wants a question by its name, and in 2025-11-25 they have none",
    },
    "input-required-result-ignore-extra-params": {
      checks: ["sep-2322-ignore-unexpected-params"],
      reason: "answers before it is asked, which 2025-11-25 has no way for",
    },
  },
};

const [scenario] = Deno.args;
const scenarios = await listScenarios("Server");
const isLeftOut = (name: string) => leftOut.some(({ pattern }) => pattern.test(name));
// Nothing but the sign-in needs this backend: the servers are beside it.
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

function report(name: string, outcome: Outcome) {
  printOutcome(name, outcome);
  if (outcome.passed) passed++;
  else failed++;
}

const direct: Record<Era, Map<string, Outcome>> = { legacy: new Map(), modern: new Map() };
for (const era of eras) {
  console.log(`\n${revisions[era]}, directly`);
  await using server = startFixtureServer(era);
  const outcomes = await runSuite(server.url, { revision: revisions[era], scenario });
  for (const [name, applies] of scenarios) {
    const isWanted = scenario === undefined || scenario === name;
    if (!isWanted || isLeftOut(name) || !applies.includes(revisions[era])) continue;
    const outcome = outcomes.get(name) ?? { passed: false, checks: [], log: "it did not run" };
    direct[era].set(name, outcome);
    report(name, outcome);
  }
}

async function runThroughProgram(era: Era, backend: Era) {
  await using server = startFixtureServer(backend);
  const settings = company.settings({ args: [server.url.href, "--debug"] });
  await using front = await startFront(era, await programCommand(settings));
  const outcomes = await runSuite(front.url, { revision: revisions[era], scenario });
  return { outcomes, log: front.log() };
}

for (const era of eras) {
  const runs = await Promise.all(eras.map((backend) => runThroughProgram(era, backend)));
  for (const [index, backend] of eras.entries()) {
    const { outcomes, log } = runs[index]!;
    console.log(`\n${revisions[era]} through the program, a backend of ${revisions[backend]}`);
    const failedBefore = failed;
    for (const [name, baseline] of direct[era]) {
      const outcome = outcomes.get(name) ?? { passed: false, checks: [], log: "it did not run" };
      const lost = lostChecks(baseline, outcome);
      const known = era === backend ? undefined : untranslatable[era][name];
      const unknown = lost.filter((id) => !known?.checks.includes(id));
      const restored = known?.checks.filter((id) => !lost.includes(id)) ?? [];
      if (restored.length > 0) {
        console.log(`  FAILED ${name}: ${restored.join(", ")} pass, listed as what cannot`);
        failed++;
      } else if (known && unknown.length === 0) {
        console.log(`  cannot ${name}: ${known.reason}\n           ${known.checks.join(", ")}`);
        expected++;
      } else {
        report(name, { ...outcome, passed: unknown.length === 0 });
        if (unknown.length > 0) console.log(`           lost: ${unknown.join(", ")}`);
      }
    }
    if (failed > failedBefore) console.log(log.replaceAll(/^/gm, "  program | "));
  }
}

/** The checks that passed directly, and now do not. */
function lostChecks(baseline: Outcome, { checks }: Outcome): string[] {
  const ids = new Set(baseline.checks.filter(isGood).map(({ id }) => id));
  return [...ids].filter((id) => {
    const same = checks.filter((check) => check.id === id);
    return same.length === 0 || !same.every(isGood);
  });
}

function isGood({ status }: Outcome["checks"][number]): boolean {
  return status === "SUCCESS";
}

console.log("\nleft out");
for (const { pattern, reason } of leftOut) {
  const names = [...scenarios.keys()].filter((name) => pattern.test(name));
  console.log(`  ${names.length} scenarios: ${reason}\n    ${names.join(", ")}`);
}
console.log(`\n${passed} passed, ${failed} failed, ${expected} cannot pass when translated`);
// What this test was meant to show has to be there at all.
Deno.exitCode = failed > 0 || passed === 0 ? 1 : 0;
