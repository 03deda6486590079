/**
 * Signs the executable of this machine's target, when the release's secrets are there:
 * `deno task sign [EXECUTABLE]`. On macOS Apple notarises it as well. Without secrets it says so.
 *
 * The certificate comes as base64 in `APPLE_CERTIFICATE` or `WINDOWS_CERTIFICATE`, its password in
 * the same name with `_PASSWORD`.
 */
import { Buffer } from "node:buffer";
import { join, resolve } from "node:path";
import { builtExecutable } from "./build/built_executable.ts";
import { run } from "./build/run.ts";
import { runScript } from "./build/run_script.ts";
import { targetOf } from "./build/targets.ts";
import { readSecrets, signingCommands } from "./release/signing.ts";
import {
  appleCertificateCommands,
  windowsCertificateCommands,
} from "./release/signing_certificate.ts";

if (import.meta.main) {
  await runScript(async () => {
    const root = resolve(import.meta.dirname!, "..");
    const executable = resolve(Deno.args[0] ?? builtExecutable(root));
    const target = targetOf(Deno.build.target);
    const getEnv = (name: string) => Deno.env.get(name);
    const entitlements = join(root, "packaging", "macos", "entitlements.plist");
    const commands = signingCommands(target, { executable, entitlements, getEnv });
    if (commands.length === 0) {
      console.log(`${target.triple}: not signed, the secrets for it are not set`);
      Deno.exit(0);
    }
    const kind = target.os === "darwin" ? "APPLE" : "WINDOWS";
    const [file, password] = [`${kind}_CERTIFICATE`, `${kind}_CERTIFICATE_PASSWORD`] as const;
    const secrets = readSecrets([file, password], getEnv);
    const directory = await Deno.makeTempDir({ prefix: "authful-signing-" });
    try {
      if (secrets) {
        const path = join(directory, "certificate.p12");
        await Deno.writeFile(path, Buffer.from(secrets[file]!, "base64"), {
          mode: 0o600,
        });
        const certificate = { path, password: secrets[password]! };
        const keychainPassword = crypto.randomUUID();
        const imports = target.os === "darwin"
          ? appleCertificateCommands(certificate, { directory, keychainPassword })
          : windowsCertificateCommands(certificate);
        for (const command of imports) await run(command);
      }
      for (const command of commands) await run(command);
      console.log(`${target.triple}: signed`);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  });
}
