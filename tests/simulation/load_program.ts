import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Platform } from "./simulated_process.ts";

/** What a simulation runs of the program. */
export type Program = typeof import("./program.ts");

/** Starts the program once more, with variables of its own, on this platform. */
export type StartProgram = (platform: Platform) => Program;

/** The repository. */
export const root: string = fileURLToPath(new URL("../../", import.meta.url));

/**
 * Bundles the program and makes it a function of its platform: clock, timers, randomness, WebCrypto,
 * `Deno` and Node's modules are its parameters. So every simulated process has a state of its own and
 * nothing from outside, and a dynamic `import()` takes no turn of the real event loop, whose order
 * nobody can decide.
 *
 * @param source a working copy, for one that was changed on purpose; this one by default
 */
export async function loadProgram(source: string = root): Promise<StartProgram> {
  return startProgramFrom(await bundleProgram(source));
}

/** The program as one text of JavaScript. */
export async function bundleProgram(source: string = root): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "bundle",
      "--quiet",
      "--frozen",
      "--platform=deno",
      "--external=@napi-rs/keyring",
      join("tests", "simulation", "program.ts"),
    ],
    cwd: source,
    env: { NO_COLOR: "1" },
  }).output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`Cannot bundle the program: ${decoder.decode(stderr)}`);
  return decoder.decode(stdout);
}

/** Makes a bundle startable. */
export function startProgramFrom(bundled: string): StartProgram {
  const body = bundled
    .replace(
      /^import \{([^}]*)\} from "([^"]+)";$/gm,
      (_, names: string, module: string) =>
        `const {${names.replaceAll(" as ", ": ")}} = modules["${module}"];`,
    )
    .replace(
      /\bimport\("((?:node:|@)[^"]+)"\)/g,
      (_, module: string) => `Promise.resolve(modules["${module}"])`,
    )
    .replace(/^export \{([^}]*)\};?$/m, (_, names: string) => `return {${names}};`);
  const left = /^(?:import|export)\b.*/m.exec(body) ?? /\bimport\(.*/.exec(body);
  if (left) throw new Error(`Cannot give the program its modules: ${left[0]}`);
  const names = [
    "modules",
    "Deno",
    "performance",
    "Date",
    "Math",
    "crypto",
    "AbortSignal",
    "AbortController",
    "setTimeout",
    "clearTimeout",
    "setInterval",
    "clearInterval",
    "fetch",
  ] as const satisfies readonly (keyof Platform)[];
  const instantiate = new Function(...names, body);
  return (platform) => instantiate(...names.map((name) => platform[name])) as Program;
}
