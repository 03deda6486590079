/**
 * Signs the executable of this machine's target, when the release's secrets are there:
 * `deno task sign [EXECUTABLE]`. On macOS Apple notarises it as well. Without secrets it says so.
 *
 * The certificate comes as base64 in `APPLE_CERTIFICATE` or `WINDOWS_CERTIFICATE`, its password in
 * the same name with `_PASSWORD`.
 */
import { join, resolve } from "node:path";
import { builtExecutable } from "./build/built_executable.ts";
import { run } from "./build/run.ts";
import { runScript } from "./build/run_script.ts";
import { targetOf } from "./build/targets.ts";
import { signExecutable } from "./release/sign_executable.ts";
import { root } from "./root.ts";
import { scriptArguments } from "./script_arguments.ts";

if (import.meta.main) {
  await runScript(async () => {
    const { words } = scriptArguments({ usage: "deno task sign [EXECUTABLE]", words: 1 });
    const target = targetOf(Deno.build.target);
    const signed = await signExecutable(target, {
      executable: resolve(words[0] ?? builtExecutable(root)),
      entitlements: join(root, "packaging", "macos", "entitlements.plist"),
      getEnv: (name) => Deno.env.get(name),
      run,
    });
    console.log(
      signed
        ? `${target.triple}: signed`
        : `${target.triple}: not signed, the secrets for it are not set`,
    );
  });
}
