/**
 * Runs the tests that need an executable: the main job by itself and through npm, certificates, the
 * keychain, the command line, the container image, the rollout and services as their page has them,
 * which system libraries it needs, whether a second build gives the same bytes, and whether the
 * release workflow publishes it: `deno task test:executable [EXECUTABLE]`.
 */
import { join, resolve } from "node:path";
import { builtExecutable } from "./build/built_executable.ts";
import { root } from "./root.ts";
import { scriptArguments } from "./script_arguments.ts";

if (import.meta.main) {
  const { words } = scriptArguments({ usage: "deno task test:executable [EXECUTABLE]", words: 1 });
  const tests = [
    "e2e/standalone",
    "e2e/npm",
    "e2e/certificates",
    "e2e/keychain",
    "e2e/command_line",
    "e2e/lingering",
    "e2e/container",
    "e2e/rollout",
    "e2e/services",
    "e2e/system_libraries",
    "scripts/build/reproducible",
    "scripts/workflows/rehearsal",
  ];
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: [
      "test",
      "--config",
      join("tests", "deno.json"),
      "-A",
      ...tests.map((name) => `tests/${name}_test.ts`),
    ],
    cwd: root,
    env: { AUTHFUL_EXECUTABLE: resolve(words[0] ?? builtExecutable(root)) },
  }).spawn().status;
  Deno.exit(code);
}
