import { equal, ok, throws } from "node:assert/strict";
import { join } from "node:path";
import { withKeychainAddon } from "../../../scripts/build/keychain_addon.ts";
import { targets } from "../../../scripts/build/targets.ts";
import { runtimeBaseOf } from "../../../scripts/runtime/base.ts";
import { readMachO } from "../../../scripts/runtime/mach_o.ts";
import {
  assertIntegrity,
  publishedExecutables,
} from "../../../scripts/runtime/published_executables.ts";

const lock = await Deno.readTextFile(new URL("../../../deno.lock", import.meta.url));

for (const target of targets) {
  Deno.test(`${target.triple}: a binary without a program in it gives no runtime base`, async () => {
    // Real ones, but libraries: the keychain add-on of the platform.
    const binary = await withKeychainAddon({ target, lock }, async (packages) => {
      const directory = packages[target.keyring]!;
      const { main } = JSON.parse(await Deno.readTextFile(join(directory, "package.json")));
      return await Deno.readFile(join(directory, main));
    });
    throws(() => runtimeBaseOf(binary), /Cannot find (the program|the segment __SUI) in a/);
    if (target.os === "darwin") equal(readMachO(binary).cpu, target.cpu);
  });
}

Deno.test("what is no executable gives no runtime base", () => {
  throws(() => runtimeBaseOf(new TextEncoder().encode("#!/bin/sh\n")), /is no executable/);
});

Deno.test("a Mach-O file for a processor of the past is refused", () => {
  const file = new Uint8Array(32);
  new DataView(file.buffer).setUint32(0, 0xfeedfacf, true);
  new DataView(file.buffer).setUint32(4, 0x01000012, true);
  throws(() => runtimeBaseOf(file), /for processor 0x1000012/);
});

Deno.test("a package with other bytes than were meant is refused", () => {
  const tarball = new TextEncoder().encode("other");
  throws(
    () => assertIntegrity("a@1.0.0", { tarball, integrity: "sha512-A" }),
    /Cannot use a@1\.0\.0: sha512-A was meant, the registry has sha512-/,
  );
});

Deno.test("runtime bases are published for all targets but Windows on ARM", () => {
  const without = targets.filter((target) => !publishedExecutables.has(target));
  ok(without.every(({ triple }) => triple === "aarch64-pc-windows-msvc"));
});
