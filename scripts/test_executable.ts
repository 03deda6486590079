/**
 * Runs the tests that need an executable: the main job by itself and through npm, certificates, the
 * keychain, the command line, the container image, which system libraries it needs, and whether a
 * second build gives the same bytes:
 * `deno task test:executable [EXECUTABLE]`.
 */
import { resolve } from "node:path";
import { builtExecutable } from "./build/built_executable.ts";

if (import.meta.main) {
  const root = resolve(import.meta.dirname!, "..");
  const names = [
    "standalone",
    "npm",
    "certificates",
    "keychain",
    "command_line",
    "container",
    "system_libraries",
  ];
  const tests = names.map((name) => `tests/e2e/${name}_test.ts`);
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", ...tests, "tests/scripts/build/reproducible_test.ts"],
    cwd: root,
    env: { AUTHFUL_EXECUTABLE: resolve(Deno.args[0] ?? builtExecutable(root)) },
  }).spawn().status;
  Deno.exit(code);
}
