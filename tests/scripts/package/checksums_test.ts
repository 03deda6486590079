import { deepEqual, equal, throws } from "node:assert/strict";
import { formatChecksums, parseChecksums, sha256 } from "../../../scripts/package/checksums.ts";

Deno.test("sums are those of sha256sum, sorted by name", async () => {
  const abc = await sha256(new TextEncoder().encode("abc"));
  equal(abc, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  const text = formatChecksums({ "b.zip": abc, "a.zip": abc });
  equal(text, `${abc}  a.zip\n${abc}  b.zip\n`);
  deepEqual(parseChecksums(text), { "a.zip": abc, "b.zip": abc });
});

Deno.test("a line that is no checksum is refused", () => {
  throws(() => parseChecksums("abc  a.zip\n"), /Cannot read the checksum line "abc {2}a.zip"/);
});
