import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { BackendPath } from "../subjects/connection.ts";
import { initialize, initialized, listTools, smallCall } from "../subjects/messages.ts";
import { ownEnv, type Surroundings } from "../subjects/programs.ts";
import { type BridgeCommand, openStdioConnection } from "../subjects/stdio_connection.ts";

/** How one run of this proxy is watched. */
export interface Run {
  /** What Deno is given before the script. */
  denoArgs: readonly string[];
  /** The script. */
  script: string;
  /** What is put in front of the command. */
  prefix?: readonly string[];
  /** The kind of backend. */
  path: BackendPath;
  /** How many calls are made, one after the other. */
  calls: number;
}

/** The command of a run. */
export function commandOf(surroundings: Surroundings, run: Omit<Run, "calls">): BridgeCommand {
  const [command, ...args] = [
    ...run.prefix ?? [],
    surroundings.deno,
    "run",
    "-A",
    "--unstable-kv",
    ...run.denoArgs,
    run.script,
    "--silent",
    surroundings.url + run.path,
  ];
  return { command, args, env: { ...ownEnv(surroundings), ...surroundings.credential } };
}

/** Runs the program from start to exit and returns what it wrote to stderr. */
export async function runProgram(surroundings: Surroundings, run: Run): Promise<string> {
  let said = "";
  await using connection = openStdioConnection(commandOf(surroundings, run), {
    onStderr: (text) => said += text,
  });
  await connection.request(1, initialize);
  await connection.notify(initialized);
  await connection.request(2, listTools(2));
  for (let call = 0; call < run.calls; call++) {
    await connection.request(3 + call, smallCall(3 + call));
  }
  await connection.end();
  return said;
}

/** Promises made from start to exit, by the program and by Deno on its behalf. */
export async function countPromises(
  surroundings: Surroundings,
  run: Omit<Run, "denoArgs">,
): Promise<number> {
  const counter = fileURLToPath(new URL("count_promises.js", import.meta.url));
  const said = await runProgram(surroundings, {
    ...run,
    denoArgs: ["--quiet", `--preload=${counter}`],
  });
  const report = /^counted (\d+) promises$/m.exec(said);
  if (!report) throw new Error(`the program did not report what it counted: ${said}`);
  return Number(report[1]);
}

/**
 * The parts of Deno that a start and one call load when they are needed, such as `node:timers`;
 * empty when this Deno does not tell.
 */
export async function lazyParts(
  surroundings: Surroundings,
  run: Omit<Run, "denoArgs" | "calls">,
): Promise<Set<string>> {
  const said = await runProgram(surroundings, {
    ...run,
    calls: 1,
    denoArgs: ["--log-level=debug"],
  });
  return new Set(said.match(/(?<=for ES module: )(?:ext|node):[^,\s]+/g));
}

/** System calls from start to exit, by name; nothing where there is no `strace`. */
export async function countSystemCalls(
  surroundings: Surroundings,
  run: Omit<Run, "denoArgs">,
): Promise<Map<string, number> | undefined> {
  const report = join(surroundings.home, "strace.txt");
  try {
    await runProgram(surroundings, {
      ...run,
      denoArgs: ["--quiet"],
      prefix: ["strace", "-f", "-c", "-o", report],
    });
  } catch {
    return undefined; // not installed, or tracing is not allowed here
  }
  const counts = new Map<string, number>();
  for (const line of (await Deno.readTextFile(report)).split("\n")) {
    // % time, seconds, usecs/call, calls, errors (may be empty), name
    const columns = /^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?([a-z]\w*)\s*$/.exec(line);
    if (columns && columns[2] !== "total") counts.set(columns[2], Number(columns[1]));
  }
  return counts;
}

/** The scripts that a start and one call evaluate, as paths. */
export async function evaluatedScripts(
  surroundings: Surroundings,
  run: Omit<Run, "denoArgs" | "calls">,
): Promise<string[]> {
  const directory = await Deno.makeTempDir({ dir: surroundings.home });
  await runProgram(surroundings, {
    ...run,
    calls: 1,
    denoArgs: ["--quiet", `--coverage=${directory}`],
  });
  const scripts: string[] = [];
  for await (const entry of Deno.readDir(directory)) {
    if (!entry.name.endsWith(".json")) continue;
    const { url } = JSON.parse(await Deno.readTextFile(join(directory, entry.name)));
    if (url.startsWith("file:")) scripts.push(fileURLToPath(url));
  }
  return scripts.sort();
}
