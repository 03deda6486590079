/**
 * Starts an executable the way a client does, in an empty directory and with an empty environment,
 * and checks that it is this version and that it fails as it should:
 * `deno task smoke-test [EXECUTABLE]`.
 */
import assert from "node:assert/strict";
import { resolve } from "node:path";
import { builtExecutable } from "./build/built_executable.ts";
import { runScript } from "./build/run_script.ts";
import { root } from "./root.ts";
import { scriptArguments } from "./script_arguments.ts";
import { programName, version } from "../src/base/version.ts";

/** How one start of the executable ended. */
interface Ending {
  code: number;
  stdout: string;
  stderr: string;
}

/** What {@linkcode smokeTest} starts. */
export interface SmokeTestOptions {
  /** The executable, perhaps as an argument of what starts it. */
  command: readonly [string, ...string[]];
  /** The triple that it was built for; this machine's unless told otherwise. */
  target?: string;
  /** Variables that the command needs. */
  env?: Readonly<Record<string, string>>;
}

/** Starts the executable. */
type Start = (...args: string[]) => Promise<Ending>;

/** The checks, each with what it shows. */
const checks: Record<string, (start: Start, target: string) => Promise<void>> = {
  "--version names this version": async (start) => {
    const { code, stdout, stderr } = await start("--version");
    assert.equal(code, 0, stderr);
    assert.equal(stdout.split(/\s/)[0], version);
  },
  "--version --json tells what was built": async (start, target) => {
    const { code, stdout, stderr } = await start("--version", "--json");
    assert.equal(code, 0, stderr);
    const report = JSON.parse(stdout);
    assert.equal(report.version, version);
    assert.equal(report.channel, "executable");
    assert.equal(report.target, target);
  },
  "--help describes the program": async (start) => {
    const { code, stdout, stderr } = await start("--help");
    assert.equal(code, 0, stderr);
    assert.match(stdout, new RegExp(`Usage: ${programName}`));
    assert.match(stdout, /OIDC_ISSUER_URL/);
  },
  "a wrong flag exits 2": async (start) => {
    const { code, stdout, stderr } = await start("--no-such-flag");
    assert.equal(code, 2, stderr);
    assert.equal(stdout, "");
    assert.match(stderr, /--no-such-flag/);
  },
  "a missing setting exits 1 and names it": async (start) => {
    const { code, stdout, stderr } = await start("http://127.0.0.1:9/mcp", "--no-banner");
    assert.equal(code, 1, stderr);
    assert.equal(stdout, "");
    assert.match(stderr, /^Configuration error: .*--oidc-client-id/m);
  },
};

/** Runs every check against the executable; prints each, and throws at the first that fails. */
export async function smokeTest(options: SmokeTestOptions): Promise<void> {
  const { command, target = Deno.build.target } = options;
  const [program, ...before] = command;
  const directory = await Deno.makeTempDir({ prefix: "authful-smoke-" });
  const start = async (...args: string[]): Promise<Ending> => {
    const { code, stdout, stderr } = await new Deno.Command(resolve(program), {
      args: [...before, ...args],
      cwd: directory,
      clearEnv: true,
      // Windows starts nothing without it.
      env: {
        ...Deno.build.os === "windows"
          ? { SystemRoot: Deno.env.get("SystemRoot")!, USERPROFILE: directory }
          : { HOME: directory },
        ...options.env,
      },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).output();
    const decoder = new TextDecoder();
    return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  };
  try {
    for (const [name, check] of Object.entries(checks)) {
      await check(start, target);
      console.log(`ok   ${name}`);
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

if (import.meta.main) {
  await runScript(async () => {
    const { words } = scriptArguments({ usage: "deno task smoke-test [EXECUTABLE]", words: 1 });
    await smokeTest({ command: [words[0] ?? builtExecutable(root)] });
  });
}
