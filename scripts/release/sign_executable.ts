import { Buffer } from "node:buffer";
import { join } from "node:path";
import type { run } from "../build/run.ts";
import type { Target } from "../build/targets.ts";
import { readSecrets, signingCommands } from "./signing.ts";
import { appleCertificateCommands, windowsCertificateCommands } from "./signing_certificate.ts";
import { findSigntool } from "./signtool.ts";

/** What {@linkcode signExecutable} works with. */
export interface SigningParts {
  /** The path of the executable. */
  executable: string;
  /** What Apple's hardened runtime shall allow, a `.plist` file. */
  entitlements: string;
  /** Looks an environment variable up. */
  getEnv: (name: string) => string | undefined;
  /** Runs a program; tests write down what would have run. */
  run: typeof run;
}

/**
 * Signs an executable with the secrets of the release; for macOS Apple notarises it as well.
 *
 * @returns false when there are no secrets for this target
 * @throws {Error} when only some secrets are there, a program fails, or Apple refuses
 */
export async function signExecutable(target: Target, parts: SigningParts): Promise<boolean> {
  const { getEnv } = parts;
  const programFiles = getEnv("ProgramFiles(x86)") ?? "C:\\Program Files (x86)";
  const kits = join(programFiles, "Windows Kits", "10", "bin");
  const signtool = target.os === "win32" ? await findSigntool(kits, target.cpu) : undefined;
  const commands = signingCommands(target, { ...parts, signtool });
  if (commands.length === 0) return false;
  const directory = await Deno.makeTempDir({ prefix: "authful-signing-" });
  try {
    await importCertificate(target, parts, directory);
    for (const command of commands) {
      const said = await parts.run(command);
      if (command.includes("notarytool")) assertAccepted(said);
    }
    return true;
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** Imports the certificate that the environment holds as base64, where it holds one. */
async function importCertificate(
  target: Target,
  { getEnv, run }: SigningParts,
  directory: string,
): Promise<void> {
  const kind = target.os === "darwin" ? "APPLE" : "WINDOWS";
  const [file, password] = [`${kind}_CERTIFICATE`, `${kind}_CERTIFICATE_PASSWORD`] as const;
  const secrets = readSecrets([file, password], getEnv);
  if (!secrets) return;
  const path = join(directory, "certificate.p12");
  await Deno.writeFile(path, Buffer.from(secrets[file]!, "base64"), { mode: 0o600 });
  const certificate = { path, password: secrets[password]! };
  const imports = target.os === "darwin"
    ? appleCertificateCommands(certificate, {
      directory,
      keychainPassword: crypto.randomUUID(),
    })
    : windowsCertificateCommands(certificate);
  for (const command of imports) await run(command);
}

/** Apple's tool ends well whatever the answer was: the answer itself must be read. */
function assertAccepted(answer: string): void {
  const { id, status } = JSON.parse(answer) as { id?: string; status?: string };
  if (status === "Accepted") return;
  throw new Error(
    `Cannot sign: Apple's notary service answers ${status}, \`xcrun notarytool log ${id}\` says why`,
  );
}
