/**
 * Tests executables for all platforms, each as far as this machine can, and whether a second build
 * gives the same bytes: `deno task test:targets [DIRECTORY]`. The directory has one for each target,
 * as `deno task compile --all` makes it.
 */
import { join, resolve } from "node:path";
import { executablesDirectory } from "./build/built_executable.ts";
import { root } from "./root.ts";
import { scriptArguments } from "./script_arguments.ts";

if (import.meta.main) {
  const { words } = scriptArguments({ usage: "deno task test:targets [DIRECTORY]", words: 1 });
  const reproducible = join("tests", "scripts", "build", "reproducible_test.ts");
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: [
      "test",
      "--config",
      join("tests", "deno.json"),
      "-A",
      "--parallel",
      join("tests", "targets"),
      reproducible,
    ],
    cwd: root,
    env: { AUTHFUL_EXECUTABLES: resolve(words[0] ?? executablesDirectory(root)) },
  }).spawn().status;
  Deno.exit(code);
}
