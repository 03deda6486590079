import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { join } from "node:path";
// @ts-types="../../../scripts/build/resedit.d.ts"
import { NtExecutable, NtExecutableResource, Resource } from "resedit";
import { buildExecutable } from "../../../scripts/build/executable.ts";
import { withKeychainAddon } from "../../../scripts/build/keychain_addon.ts";
import { targets } from "../../../scripts/build/targets.ts";
import { project } from "../../../scripts/package/project.ts";
import { repository } from "../../support/paths.ts";

const lock = await Deno.readTextFile(join(repository, "deno.lock"));

for (const target of targets) {
  Deno.test(`${target.triple}: the pinned Deno puts the program into a binary of its format`, async () => {
    const directory = await Deno.makeTempDir({ prefix: "authful-target-" });
    try {
      // Runtime bases of the pinned Deno are nowhere on npm, so the add-on of the platform stands
      // in for one: a real binary, if one that does not start.
      const addon = await withKeychainAddon({ target, lock }, async (packages) => {
        const from = packages[target.keyring]!;
        const { main } = JSON.parse(await Deno.readTextFile(join(from, "package.json")));
        return await Deno.readFile(join(from, main));
      });
      const base = join(directory, "base");
      await Deno.writeFile(base, addon);
      const path = await buildExecutable(repository, target, {
        to: directory,
        origin: { date: new Date("2026-11-23T09:00:00Z") },
        toolchain: { deno: Deno.execPath(), runtimeBases: new Map([[target, base]]) },
      });
      const content = Buffer.from(await Deno.readFile(path));
      assert.ok(content.includes(`target:"${target.triple}"`));
      assert.ok(content.subarray(addon.length / 2).includes(Buffer.from(addon)), "the add-on");
      if (target.os !== "win32") return;
      const { entries } = NtExecutableResource.from(NtExecutable.from(content));
      const [info] = Resource.VersionInfo.fromEntries(entries);
      const shown = info!.getStringValues({ lang: 1033, codepage: 1200 });
      assert.equal(shown.ProductVersion, project.version);
      assert.ok(entries.some(({ type }) => type === 14), "an icon");
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  });
}
