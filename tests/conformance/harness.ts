/**
 * The MCP project's conformance suite: which client scenarios it has, and what comes of one.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { npmCommand } from "../support/npm_command.ts";
import type { ProgramSettings } from "../support/program_command.ts";
import { otherEraVariable, settingsVariable } from "./settings_variable.ts";

/** One thing that a scenario looks at. */
export interface Check {
  id: string;
  status: "SUCCESS" | "FAILURE" | "WARNING" | "SKIPPED" | "INFO";
  description: string;
  errorMessage?: string;
}

/** What came of a scenario. */
export interface Outcome {
  passed: boolean;
  checks: Check[];
  log: string;
}

const decoder = new TextDecoder();
const harness = ["run", "-A", "--quiet", ...npmCommand("@modelcontextprotocol/conformance")];

/** The names of the scenarios for a client or a server, with the revisions that they apply to. */
export async function listScenarios(
  tested: "Client" | "Server" = "Client",
): Promise<Map<string, string[]>> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: [...harness, "list"] })
    .output();
  const [, section = ""] = decoder.decode(stdout).split(new RegExp(`^${tested} scenarios.*$`, "m"));
  const scenarios = new Map<string, string[]>();
  for (const line of section.split("\n")) {
    if (/^\S/.test(line)) break;
    const [, name, applies] = /^\s+- (\S+) \[(.*)\]/.exec(line) ?? [];
    if (name) scenarios.set(name, applies?.split(",") ?? []);
  }
  return scenarios;
}

/** What {@linkcode runScenario} needs. */
export interface RunOptions {
  /** The revision of the protocol; the harness decides without one. */
  revision?: string;
  /** The file of the client that the harness starts, and which starts the program. */
  client: string;
  /** How that starts the program. */
  settings: ProgramSettings;
  /** Whether the client is of the other era than the backend, which the revision decides. */
  otherEra?: boolean;
}

/** Runs one scenario: the harness is the server. */
export async function runScenario(
  scenario: string,
  { revision, client, settings, otherEra }: RunOptions,
): Promise<Outcome> {
  const directory = await Deno.makeTempDir({ prefix: "authful-conformance-" });
  try {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        ...harness,
        "client",
        "--command",
        `${Deno.execPath()} run -A --quiet ${client}`,
        "--scenario",
        scenario,
        ...revision === undefined ? [] : ["--spec-version", revision],
        "--output-dir",
        directory,
      ],
      env: {
        [settingsVariable]: JSON.stringify(settings),
        ...otherEra ? { [otherEraVariable]: "1" } : {},
      },
    }).output();
    // The name of a scenario may have a directory in it: auth/metadata-default.
    const parent = join(directory, dirname(scenario));
    const [result] = await Array.fromAsync(Deno.readDir(parent)).catch(() => []);
    const read = (file: string) =>
      Deno.readTextFile(join(parent, result?.name ?? "", file)).catch(() => "");
    const checks: Check[] = JSON.parse(await read("checks.json") || "[]");
    const log = `${decoder.decode(stdout)}${decoder.decode(stderr)}${await read("stderr.txt")}`;
    const outcome = outcomeOf(checks, log);
    return { ...outcome, passed: code === 0 && outcome.passed };
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** What these checks say. */
export function outcomeOf(checks: readonly Check[], log: string): Outcome {
  const counted = checks.filter(({ status }) => status !== "INFO");
  const passed = counted.some(({ status }) => status === "SUCCESS") &&
    !counted.some(({ status }) => status === "FAILURE" || status === "WARNING");
  return { passed, checks: counted, log };
}

/** Prints what came of a scenario: one line, and everything when it failed. */
export function printOutcome(scenario: string, outcome: Outcome): void {
  console.log(`  ${outcome.passed ? "ok    " : "FAILED"} ${scenario} (${count(outcome)})`);
  if (outcome.passed) return;
  for (const { status, id, errorMessage, description } of outcome.checks) {
    if (status === "SUCCESS" || status === "SKIPPED") continue;
    console.log(`           ${status} ${id}: ${errorMessage ?? description}`);
  }
  console.log(outcome.log.replaceAll(/^/gm, "         | "));
}

function count({ checks }: Outcome): string {
  const of = (status: Check["status"]) => checks.filter((check) => check.status === status).length;
  return [`${of("SUCCESS")} good`, `${of("FAILURE")} failed`, `${of("WARNING")} warnings`]
    .filter((text) => !text.startsWith("0 ")).join(", ");
}
