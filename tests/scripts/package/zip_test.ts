import { deepEqual, equal, notDeepEqual } from "node:assert/strict";
import { unzipSync } from "fflate";
import { run } from "../../../scripts/build/run.ts";
import type { PackedFile } from "../../../scripts/package/packed_file.ts";
import { zip } from "../../../scripts/package/zip.ts";
import { fromFileUrl } from "../../support/paths.ts";

const date = new Date("2026-11-23T09:00:00Z");
const files: PackedFile[] = [
  { name: "program", content: new Uint8Array([0, 255, 10]), executable: true },
  { name: "completions/é.fish", content: "grüße\n" },
];

Deno.test("zip: what is packed comes out again, byte for byte", async () => {
  const unpacked = unzipSync(await zip(files, { date }));
  deepEqual(Object.keys(unpacked), ["program", "completions/é.fish"]);
  deepEqual([...unpacked["program"]!], [0, 255, 10]);
  equal(new TextDecoder().decode(unpacked["completions/é.fish"]), "grüße\n");
});

Deno.test("zip: the same files and date give the same bytes, another date does not", async () => {
  const first = await zip(files, { date });
  deepEqual(await zip(files, { date }), first);
  notDeepEqual(await zip(files, { date: new Date("2020-01-01T00:00:00Z") }), first);
});

Deno.test("zip: the time does not depend on the time zone of the machine", async () => {
  const module = new URL("../../../scripts/package/zip.ts", import.meta.url);
  const configuration = fromFileUrl(import.meta.resolve("../../../scripts/deno.json"));
  const code = `const { zip } = await import(${JSON.stringify(module.href)});
    const bytes = await zip([{ name: "a", content: "a" }], { date: new Date(${+date}) });
    console.log(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex());`;
  const sums = await Promise.all(
    ["UTC", "America/Los_Angeles"].map((zone) =>
      run([Deno.execPath(), "eval", "--config", configuration, code], { env: { TZ: zone } })
    ),
  );
  equal(sums[0], sums[1]);
});
