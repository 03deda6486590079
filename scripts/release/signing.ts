import { basename } from "node:path";
import type { Target } from "../build/targets.ts";

/** One program that signing runs. */
export type SigningCommand = readonly [string, ...string[]];

/** What signing on macOS needs; all of it from the secrets of the release. */
export interface AppleSecrets {
  /** The name of the certificate: `Developer ID Application: … (TEAM)`. */
  identity: string;
  /** The account that notarises. */
  appleId: string;
  /** Its app-specific password. */
  password: string;
  /** The team. */
  teamId: string;
}

/** What signing on Windows needs. */
export interface WindowsSecrets {
  /** The fingerprint of the certificate in the machine's store. */
  thumbprint: string;
  /** The server that witnesses the time (RFC 3161). */
  timestampUrl: string;
}

/**
 * The variables of a release's secrets, or nothing when a fork has none of them.
 *
 * @throws {Error} when only some are there: a release must not be signed by half
 */
export function readSecrets<Name extends string>(
  names: readonly Name[],
  getEnv: (name: string) => string | undefined,
): Record<Name, string> | undefined {
  const values = names.map((name) => [name, getEnv(name) || undefined] as const);
  const missing = values.filter(([, value]) => value === undefined).map(([name]) => name);
  if (missing.length === names.length) return undefined;
  if (missing.length > 0) throw new Error(`Cannot sign: ${missing.join(", ")} not set`);
  return Object.fromEntries(values) as Record<Name, string>;
}

/** What signs an executable for macOS and has Apple look at it. */
export function appleCommands(
  executable: string,
  options: { secrets: AppleSecrets; entitlements: string },
): SigningCommand[] {
  const { identity, appleId, password, teamId } = options.secrets;
  const archive = `${executable}.zip`;
  return [
    [
      "codesign",
      "--force",
      "--timestamp",
      // Notarisation demands the hardened runtime, V8 the exceptions from it.
      "--options=runtime",
      `--entitlements=${options.entitlements}`,
      `--sign=${identity}`,
      executable,
    ],
    ["codesign", "--verify", "--strict", executable],
    ["ditto", "-c", "-k", executable, archive],
    [
      "xcrun",
      "notarytool",
      "submit",
      archive,
      "--wait",
      "--output-format=json",
      `--apple-id=${appleId}`,
      `--password=${password}`,
      `--team-id=${teamId}`,
    ],
    ["rm", archive],
  ];
}

/** What signs an executable for Windows. */
export function windowsCommands(
  executable: string,
  { secrets, signtool }: { secrets: WindowsSecrets; signtool: string },
): SigningCommand[] {
  return [
    [
      signtool,
      "sign",
      "/sha1",
      secrets.thumbprint,
      "/fd",
      "SHA256",
      "/tr",
      secrets.timestampUrl,
      "/td",
      "SHA256",
      "/d",
      "authful-mcp-proxy",
      executable,
    ],
    [signtool, "verify", "/pa", executable],
  ];
}

/** The commands that sign a target's executable; none when there is nothing to sign with. */
export function signingCommands(
  target: Target,
  options: {
    executable: string;
    entitlements: string;
    getEnv: (name: string) => string | undefined;
    /** Where `signtool` is, when it is not on PATH. */
    signtool?: string;
  },
): SigningCommand[] {
  const { executable, entitlements, getEnv, signtool = "signtool" } = options;
  if (basename(executable) !== target.executable) {
    throw new Error(`Cannot sign ${executable}: it is not called ${target.executable}`);
  }
  if (target.os === "darwin") {
    const names = ["APPLE_IDENTITY", "APPLE_ID", "APPLE_PASSWORD", "APPLE_TEAM_ID"] as const;
    const values = readSecrets(names, getEnv);
    if (!values) return [];
    const secrets = {
      identity: values.APPLE_IDENTITY,
      appleId: values.APPLE_ID,
      password: values.APPLE_PASSWORD,
      teamId: values.APPLE_TEAM_ID,
    };
    return appleCommands(executable, { secrets, entitlements });
  }
  if (target.os === "win32") {
    const values = readSecrets(["WINDOWS_THUMBPRINT", "WINDOWS_TIMESTAMP_URL"] as const, getEnv);
    if (!values) return [];
    const secrets = {
      thumbprint: values.WINDOWS_THUMBPRINT,
      timestampUrl: values.WINDOWS_TIMESTAMP_URL,
    };
    return windowsCommands(executable, { secrets, signtool });
  }
  return [];
}
