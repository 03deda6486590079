import { npmCommand } from "../../support/npm_command.ts";
import { type Check, type Outcome, outcomeOf } from "../harness.ts";

const decoder = new TextDecoder();

/** What {@linkcode runSuite} needs. */
export interface SuiteOptions {
  /** The revision of the protocol that the suite speaks. */
  revision: string;
  /** The one scenario to run; all of the revision without it. */
  scenario?: string;
}

/** Has the conformance suite act as a client of this server, and returns what came of each scenario. */
export async function runSuite(
  url: URL,
  { revision, scenario }: SuiteOptions,
): Promise<Map<string, Outcome>> {
  const directory = await Deno.makeTempDir({ prefix: "authful-conformance-" });
  try {
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        "--quiet",
        ...npmCommand("@modelcontextprotocol/conformance"),
        "server",
        "--url",
        url.href,
        ...scenario === undefined ? ["--suite", "all"] : ["--scenario", scenario],
        "--spec-version",
        revision,
        "--output-dir",
        directory,
      ],
    }).output();
    const log = decoder.decode(stdout) + decoder.decode(stderr);
    const outcomes = new Map<string, Outcome>();
    for await (const { name } of Deno.readDir(directory)) {
      const [, scenario] = /^server-(.*)-\d{4}-\d\d-\d\dT[^T]*$/.exec(name) ?? [];
      if (scenario === undefined) continue;
      const text = await Deno.readTextFile(`${directory}/${name}/checks.json`).catch(() => "[]");
      const checks: Check[] = JSON.parse(text);
      outcomes.set(scenario, outcomeOf(checks, logOf(log, scenario)));
    }
    return outcomes;
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** The part of what the suite printed that is about a scenario. */
function logOf(log: string, scenario: string): string {
  const parts = log.split(/^=== Running scenario: (.*) ===$/m);
  return parts[parts.indexOf(scenario) + 1] ?? log;
}
