import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { targetOf, targets } from "../../../scripts/build/targets.ts";
import { signingCommands } from "../../../scripts/release/signing.ts";
import {
  appleCertificateCommands,
  windowsCertificateCommands,
} from "../../../scripts/release/signing_certificate.ts";

const entitlements = "/packaging/entitlements.plist";
const secrets: Record<string, string> = {
  APPLE_IDENTITY: "Developer ID Application: Authful (TEAM)",
  APPLE_ID: "release@example.com",
  APPLE_PASSWORD: "app-password",
  APPLE_TEAM_ID: "TEAM",
  WINDOWS_THUMBPRINT: "AB12",
  WINDOWS_TIMESTAMP_URL: "http://timestamp.example.com",
};
const commandsFor = (triple: string, env: Record<string, string>) => {
  const target = targetOf(triple);
  const executable = `/dist/${target.executable}`;
  return signingCommands(target, { executable, entitlements, getEnv: (name) => env[name] });
};

Deno.test("without secrets nothing is signed, on no platform", () => {
  for (const { triple } of targets) deepEqual(commandsFor(triple, {}), []);
});

Deno.test("some secrets without the others stop the release", () => {
  throws(
    () => commandsFor("aarch64-apple-darwin", { APPLE_IDENTITY: "x", APPLE_ID: "y" }),
    /Cannot sign: APPLE_PASSWORD, APPLE_TEAM_ID not set/,
  );
});

Deno.test("macOS: hardened runtime with the entitlements, verified, then notarised", () => {
  const commands = commandsFor("aarch64-apple-darwin", secrets);
  deepEqual(commands.map(([program]) => program), ["codesign", "codesign", "ditto", "xcrun", "rm"]);
  ok(commands[0]!.includes("--options=runtime"));
  ok(commands[0]!.includes(`--entitlements=${entitlements}`));
  ok(commands[3]!.includes("--wait"));
});

Deno.test("Windows: signed with a witnessed time, then verified", () => {
  const commands = commandsFor("x86_64-pc-windows-msvc", secrets);
  deepEqual(commands.map(([program, verb]) => `${program} ${verb}`), [
    "signtool sign",
    "signtool verify",
  ]);
  ok(commands[0]!.includes("http://timestamp.example.com"));
  equal(commands[0]!.at(-1), "/dist/authful-mcp-proxy.exe");
});

Deno.test("Linux executables are not signed: their provenance is attested", () => {
  deepEqual(commandsFor("x86_64-unknown-linux-gnu", secrets), []);
});

Deno.test("only the executable itself can be signed", () => {
  const target = targetOf("aarch64-apple-darwin");
  throws(
    () => signingCommands(target, { executable: "/bin/sh", entitlements, getEnv: () => undefined }),
    /it is not called authful-mcp-proxy/,
  );
});

Deno.test("certificates go to a keychain of their own, or to the person's store", () => {
  const certificate = { path: "/tmp/certificate.p12", password: "p" };
  const apple = appleCertificateCommands(certificate, { directory: "/tmp", keychainPassword: "k" });
  ok(apple.every(([program]) => program === "security"));
  ok(apple.every((command) => command.some((word) => word === "/tmp/release.keychain-db")));
  deepEqual(windowsCertificateCommands(certificate)[0]!.slice(0, 2), ["certutil", "-user"]);
});
