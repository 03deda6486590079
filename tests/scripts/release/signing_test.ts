import { deepEqual, equal, ok, rejects, throws } from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { targetOf, targets } from "../../../scripts/build/targets.ts";
import { signingCommands } from "../../../scripts/release/signing.ts";
import {
  appleCertificateCommands,
  windowsCertificateCommands,
} from "../../../scripts/release/signing_certificate.ts";
import { signExecutable } from "../../../scripts/release/sign_executable.ts";
import { findSigntool } from "../../../scripts/release/signtool.ts";

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

Deno.test("the programs run in their order, and no certificate stays behind", async () => {
  const env: Record<string, string> = {
    ...secrets,
    APPLE_CERTIFICATE: btoa("certificate"),
    APPLE_CERTIFICATE_PASSWORD: "p",
  };
  const target = targetOf("aarch64-apple-darwin");
  const started: string[] = [];
  let certificate = "";
  const sign = (status: string) =>
    signExecutable(target, {
      executable: "/dist/authful-mcp-proxy",
      entitlements,
      getEnv: (name) => env[name],
      run: async (command) => {
        started.push(`${command[0]} ${command[1]}`);
        if (command[1] === "import") {
          certificate = command[2]!;
          equal(await Deno.readTextFile(certificate), "certificate");
        }
        return command[1] === "notarytool" ? JSON.stringify({ id: "1-2", status }) : "";
      },
    });
  equal(await sign("Accepted"), true);
  ok(started.indexOf("security import") < started.indexOf("codesign --force"));
  equal(started.at(-1), "rm /dist/authful-mcp-proxy.zip");
  await rejects(Deno.stat(certificate), Deno.errors.NotFound);

  await rejects(sign("Invalid"), /notary service answers Invalid, `xcrun notarytool log 1-2`/);
  await rejects(Deno.stat(certificate), Deno.errors.NotFound);
});

Deno.test("without secrets no program runs", async () => {
  for (const target of targets) {
    const signed = await signExecutable(target, {
      executable: `/dist/${target.executable}`,
      entitlements,
      getEnv: () => undefined,
      run: () => Promise.reject(new Error("a program ran")),
    });
    equal(signed, false);
  }
});

Deno.test("signtool comes from the newest Windows SDK, or from PATH", async () => {
  const kits = await Deno.makeTempDir({ prefix: "authful-kits-" });
  try {
    equal(await findSigntool(join(kits, "none"), "x64"), "signtool");
    equal(await findSigntool(kits, "x64"), "signtool");
    for (const version of ["10.0.9600.0", "10.0.26100.0", "10.0.22621.0"]) {
      await mkdir(join(kits, version, "x64"), { recursive: true });
      await Deno.writeTextFile(join(kits, version, "x64", "signtool.exe"), "");
    }
    // An SDK that was installed without the programs, and what is no version.
    for (const name of ["10.0.99999.0", "x64"]) await mkdir(join(kits, name));
    equal(await findSigntool(kits, "x64"), join(kits, "10.0.26100.0", "x64", "signtool.exe"));
  } finally {
    await Deno.remove(kits, { recursive: true });
  }
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
