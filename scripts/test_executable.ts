/**
 * Runs the end-to-end tests that prove a release against an executable, by itself and through npm:
 * `deno task test:executable [EXECUTABLE]`.
 */
import { resolve } from "node:path";
import { builtExecutable } from "./build/built_executable.ts";

if (import.meta.main) {
  const root = resolve(import.meta.dirname!, "..");
  const tests = ["standalone", "npm", "certificates", "command_line"].map((name) =>
    `tests/e2e/${name}_test.ts`
  );
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", ...tests],
    cwd: root,
    env: { AUTHFUL_EXECUTABLE: resolve(Deno.args[0] ?? builtExecutable(root)) },
  }).spawn().status;
  Deno.exit(code);
}
