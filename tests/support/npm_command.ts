import configuration from "../deno.json" with { type: "json" };
import { fromFileUrl } from "./paths.ts";

/**
 * The arguments of `deno run` that run a package as a command, in the version that `tests/deno.json`
 * pins. Without that configuration it would be looked for in the one of the working directory, which
 * has the program's packages only.
 */
export function npmCommand(name: keyof typeof configuration.imports): string[] {
  return ["--config", configurationFile, configuration.imports[name]];
}

const configurationFile = fromFileUrl(import.meta.resolve("../deno.json"));
