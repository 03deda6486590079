import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { kinds, type MachO, readMachO, segmentOf, view } from "../../scripts/runtime/mach_o.ts";
import { targetExecutables } from "../support/target_executables.ts";

const macos = [...targetExecutables.values()].filter(({ target }) => target.os === "darwin");

for (const triple of ["x86_64-apple-darwin", "aarch64-apple-darwin"]) {
  const built = macos.find(({ target }) => target.triple === triple);
  Deno.test({
    name: `${triple}: the executable can be loaded and signed (needs AUTHFUL_EXECUTABLES with it)`,
    ignore: !built,
    async fn(t) {
      const bytes = await Deno.readFile(built!.path);
      const file = readMachO(bytes);
      assert.equal(file.cpu, built!.target.cpu);

      await t.step("its segments follow each other, on pages, to the end of the file", () => {
        const page = file.cpu === "arm64" ? 0x4000 : 0x1000;
        let end = 0;
        for (const { name, fileOffset, fileSize, memorySize } of file.segments) {
          if (fileSize === 0) continue;
          assert.equal(fileOffset, end, name);
          assert.equal(fileOffset % page, 0, name);
          assert.ok(memorySize >= fileSize, name);
          end = fileOffset + fileSize;
        }
        // What follows the last one would make `codesign` refuse the file.
        assert.equal(end, bytes.length);
        assert.equal(file.segments.at(-1)!.name, "__LINKEDIT");
      });

      if (file.cpu === "arm64") {
        await t.step(
          "its signature fits every page, as the system demands on ARM",
          () => assertSigned(bytes, file),
        );
        await t.step("the program is a section that the runtime finds", () => {
          const { at, fileOffset } = segmentOf(file, "__SUI");
          assert.equal(Buffer.from(bytes).toString("latin1", at + 72, at + 80), "d3n0l4nd");
          assert.equal(Buffer.from(bytes).toString("latin1", fileOffset, fileOffset + 8), magic);
        });
      } else {
        await t.step("it has no signature that the program behind it would break", () => {
          assert.ok(!file.commands.some(({ type }) => type === kinds.codeSignature));
        });
        await t.step("the program follows its mark, to the end", () => {
          const content = Buffer.from(bytes);
          const mark = content.lastIndexOf("<~sui-data~>");
          const start = mark + 12 + 4 + 8;
          assert.equal(content.toString("latin1", start, start + 8), magic);
          assert.equal(Number(content.readBigUInt64LE(mark + 16)), bytes.length - start);
        });
      }
    },
  });
}

/** What the program begins with. */
const magic = "d3n0l4nd";

/** Compares every page with its hash in the embedded signature (`cs_blobs.h`). */
function assertSigned(bytes: Uint8Array, file: MachO): void {
  const command = file.commands.find(({ type }) => type === kinds.codeSignature)!;
  const place = view(bytes).getUint32(command.at + 8, true);
  const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  assert.equal(content.readUInt32BE(place), 0xfade0cc0, "an embedded signature");
  assert.equal(place + content.readUInt32BE(place + 4), bytes.length, "that ends the file");
  const directory = place + content.readUInt32BE(place + 16);
  assert.equal(content.readUInt32BE(directory), 0xfade0c02, "a code directory");
  assert.ok(content.readUInt32BE(directory + 12) & 0x2, "ad hoc, before the release signs it");
  const hashes = directory + content.readUInt32BE(directory + 16);
  const pages = content.readUInt32BE(directory + 28);
  assert.equal(content.readUInt32BE(directory + 32), place, "over all before it");
  const size = 1 << content[directory + 39]!;
  assert.equal(pages, Math.ceil(place / size));
  for (let page = 0; page < pages; page++) {
    const end = Math.min((page + 1) * size, place);
    const actual = createHash("sha256").update(content.subarray(page * size, end)).digest();
    const expected = content.subarray(hashes + page * 32, hashes + (page + 1) * 32);
    assert.ok(actual.equals(expected), `page ${page}`);
  }
}
