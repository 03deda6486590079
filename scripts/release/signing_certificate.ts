import { join } from "node:path";
import type { SigningCommand } from "./signing.ts";

/** Where a certificate is imported from. */
export interface CertificateFile {
  /** The `.p12` or `.pfx` file. */
  path: string;
  /** The password that it is locked with. */
  password: string;
}

/**
 * What puts a certificate where `codesign` finds it: into a keychain of its own that is gone with
 * the machine.
 */
export function appleCertificateCommands(
  { path, password }: CertificateFile,
  options: { directory: string; keychainPassword: string },
): SigningCommand[] {
  const keychain = join(options.directory, "release.keychain-db");
  const unlock = options.keychainPassword;
  return [
    ["security", "create-keychain", "-p", unlock, keychain],
    ["security", "set-keychain-settings", "-lut", "21600", keychain],
    ["security", "unlock-keychain", "-p", unlock, keychain],
    [
      "security",
      "import",
      path,
      "-P",
      password,
      "-f",
      "pkcs12",
      "-k",
      keychain,
      "-T",
      "/usr/bin/codesign",
    ],
    ["security", "set-key-partition-list", "-S", "apple-tool:,apple:", "-k", unlock, keychain],
    ["security", "list-keychains", "-d", "user", "-s", keychain],
  ];
}

/** What puts a certificate into the store where `signtool` finds it. */
export function windowsCertificateCommands({ path, password }: CertificateFile): SigningCommand[] {
  return [["certutil", "-user", "-f", "-p", password, "-importpfx", "My", path, "NoRoot"]];
}
