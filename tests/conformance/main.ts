/**
 * Runs every client scenario of the MCP project's conformance suite that is not about OAuth through
 * the program, for both eras of the protocol, and prints what came of each.
 *
 *     deno task test:conformance             all of them
 *     deno task test:conformance sse-retry   those whose name contains this
 *
 * @module
 */
import { join } from "node:path";
import { type Company, startCompany } from "../support/company.ts";
import { npmSpecifier } from "../support/npm_specifier.ts";
import { fromFileUrl } from "../support/paths.ts";
import { settingsVariable } from "./settings_variable.ts";

/** The last revision of each era. */
const revisions = ["2025-11-25", "2026-07-28"];

/** Scenarios that say nothing about a bridge, each with the reason. */
const leftOut: readonly { pattern: RegExp; reason: string }[] = [
  {
    pattern: /^auth\//,
    reason: "OAuth between MCP client and server: the backends of this program offer none",
  },
  {
    pattern: /^sep-2640-client-/,
    reason: "an extension that tells hosts what to do with skills after they have arrived",
  },
];

interface Check {
  id: string;
  status: "SUCCESS" | "FAILURE" | "WARNING" | "SKIPPED" | "INFO";
  description: string;
  errorMessage?: string;
}

interface Outcome {
  passed: boolean;
  checks: Check[];
  log: string;
}

const decoder = new TextDecoder();
const harness = ["run", "-A", "--quiet", npmSpecifier("@modelcontextprotocol/conformance")];

/** The names of the client scenarios, with the revisions that they apply to. */
async function listScenarios(): Promise<Map<string, string[]>> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: [...harness, "list"] })
    .output();
  const [, section = ""] = decoder.decode(stdout).split(/^Client scenarios.*$/m);
  const scenarios = new Map<string, string[]>();
  for (const line of section.split("\n")) {
    if (/^\S/.test(line)) break;
    const [, name, applies] = /^\s+- (\S+) \[(.*)\]/.exec(line) ?? [];
    if (name) scenarios.set(name, applies?.split(",") ?? []);
  }
  return scenarios;
}

/** Runs one scenario: the harness is the server and starts `client.ts`, which starts the program. */
async function run(scenario: string, revision: string, company: Company): Promise<Outcome> {
  const directory = await Deno.makeTempDir({ prefix: "authful-conformance-" });
  try {
    const client = fromFileUrl(import.meta.resolve("./client.ts"));
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        ...harness,
        "client",
        "--command",
        `${Deno.execPath()} run -A --quiet ${client}`,
        "--scenario",
        scenario,
        "--spec-version",
        revision,
        "--output-dir",
        directory,
      ],
      env: { [settingsVariable]: JSON.stringify(company.settings({ args: ["--debug"] })) },
    }).output();
    const [result] = [...Deno.readDirSync(directory)];
    const read = (file: string) =>
      Deno.readTextFile(join(directory, result?.name ?? "", file)).catch(() => "");
    const checks: Check[] = JSON.parse(await read("checks.json") || "[]");
    const log = `${decoder.decode(stdout)}${decoder.decode(stderr)}${await read("stderr.txt")}`;
    const counted = checks.filter(({ status }) => status !== "INFO");
    const passed = code === 0 && counted.some(({ status }) => status === "SUCCESS") &&
      !counted.some(({ status }) => status === "FAILURE" || status === "WARNING");
    return { passed, checks: counted, log };
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

function count({ checks }: Outcome): string {
  const of = (status: Check["status"]) => checks.filter((check) => check.status === status).length;
  return [`${of("SUCCESS")} good`, `${of("FAILURE")} failed`, `${of("WARNING")} warnings`]
    .filter((text) => !text.startsWith("0 ")).join(", ");
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
for (const revision of revisions) {
  console.log(`\n${revision}`);
  for (const [scenario, applies] of scenarios) {
    const left = leftOut.some(({ pattern }) => pattern.test(scenario));
    if (left || !applies.includes(revision) || !scenario.includes(wanted)) continue;
    const outcome = await run(scenario, revision, company);
    console.log(`  ${outcome.passed ? "ok    " : "FAILED"} ${scenario} (${count(outcome)})`);
    if (outcome.passed) {
      passed++;
      continue;
    }
    failed++;
    for (const { status, id, errorMessage, description } of outcome.checks) {
      if (status === "SUCCESS" || status === "SKIPPED") continue;
      console.log(`           ${status} ${id}: ${errorMessage ?? description}`);
    }
    console.log(outcome.log.replaceAll(/^/gm, "         | "));
  }
}

console.log("\nleft out");
for (const { pattern, reason } of leftOut) {
  const names = [...scenarios.keys()].filter((name) => pattern.test(name));
  console.log(`  ${names.length} scenarios: ${reason}\n    ${names.join(", ")}`);
}
console.log(`\n${passed} passed, ${failed} failed`);
// What this test was meant to show has to be there at all.
Deno.exitCode = failed > 0 || passed === 0 ? 1 : 0;
