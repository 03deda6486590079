import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { join } from "node:path";
import { withKeychainAddon } from "../../scripts/build/keychain_addon.ts";
import { type Target, targets } from "../../scripts/build/targets.ts";
import { findToolchain } from "../../scripts/build/toolchain.ts";
import { runtimeBaseOf } from "../../scripts/runtime/base.ts";
import { isMachO, kinds, readMachO, segmentOf } from "../../scripts/runtime/mach_o.ts";
import { repository } from "../support/paths.ts";
import { targetExecutables } from "../support/target_executables.ts";

const { runtimeBases } = await findToolchain((name) => Deno.env.get(name));

/** How a file of each operating system begins, with its processors' numbers. */
const formats: Readonly<Record<Target["os"], { magic: string; x64: number; arm64: number }>> = {
  linux: { magic: "\x7fELF", x64: 0x3e, arm64: 0xb7 },
  darwin: { magic: "\xcf\xfa\xed\xfe", x64: 0x01000007, arm64: 0x0100000c },
  win32: { magic: "MZ", x64: 0x8664, arm64: 0xaa64 },
};

for (const target of targets) {
  const built = targetExecutables.get(target.triple);
  Deno.test({
    name: `${target.triple}: the executable has all that belongs to its platform ` +
      "(needs AUTHFUL_EXECUTABLES with it)",
    ignore: !built,
    async fn(t) {
      const content = Buffer.from(await Deno.readFile(built!.path));

      await t.step("it is for its system and processor", () => {
        const { magic, [target.cpu]: cpu } = formats[target.os];
        assert.equal(content.toString("latin1", 0, magic.length), magic);
        const actual = {
          linux: () => content.readUInt16LE(0x12),
          darwin: () => content.readUInt32LE(4),
          win32: () => content.readUInt16LE(content.readUInt32LE(0x3c) + 4),
        }[target.os]();
        assert.equal(actual, cpu);
      });

      await t.step("it says what it was built for", () => {
        assert.ok(content.includes(`target:"${target.triple}"`));
      });

      await t.step("it carries the keychain add-on of its platform", async () => {
        const lock = await Deno.readTextFile(join(repository, "deno.lock"));
        const addon = await withKeychainAddon({ target, lock }, async (packages) => {
          const directory = packages[target.keyring]!;
          const { main } = JSON.parse(await Deno.readTextFile(join(directory, "package.json")));
          return await Deno.readFile(join(directory, main));
        });
        assert.ok(content.includes(Buffer.from(addon)));
      });
    },
  });

  const base = runtimeBases?.get(target);
  Deno.test({
    name: `${target.triple}: without the program it is the runtime base that it was made from ` +
      "(needs AUTHFUL_EXECUTABLES with it, and DENORT_BASES)",
    ignore: !built || !base || !Deno.env.get("DENORT_BASES"),
    async fn() {
      const expected = await Deno.readFile(base!);
      const actual = runtimeBaseOf(await Deno.readFile(built!.path));
      assert.ok(comparable(actual).equals(comparable(expected)));
    },
  });
}

/** The bytes without the signature on macOS: it is of other pages, and so its size differs. */
function comparable(bytes: Uint8Array): Buffer {
  const content = Buffer.from(bytes);
  if (!isMachO(content)) return content;
  const file = readMachO(content);
  const signature = file.commands.find(({ type }) => type === kinds.codeSignature);
  if (!signature) return content;
  const { at } = segmentOf(file, "__LINKEDIT");
  for (const size of [at + 32, at + 48]) content.fill(0, size, size + 8);
  content.fill(0, signature.at + 12, signature.at + 16);
  return content.subarray(0, content.readUInt32LE(signature.at + 8));
}
