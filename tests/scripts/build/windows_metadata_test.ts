import { deepEqual, equal } from "node:assert/strict";
import { join } from "node:path";
// @ts-types="../../../scripts/build/resedit.d.ts"
import { NtExecutable, NtExecutableResource, Resource } from "resedit";
import { withKeychainAddon } from "../../../scripts/build/keychain_addon.ts";
import { targetOf } from "../../../scripts/build/targets.ts";
import { withWindowsMetadata } from "../../../scripts/build/windows_metadata.ts";

const lock = await Deno.readTextFile(new URL("../../../deno.lock", import.meta.url));
const metadata = {
  title: "Authful MCP Proxy",
  description: "Signs in",
  publisher: "Authful",
  version: "1.2.3-rc.4",
  file: "authful-mcp-proxy.exe",
};

/** A real Windows binary: the add-on that the executable for Windows carries. */
function windowsBinary(triple: string): Promise<Uint8Array> {
  const target = targetOf(triple);
  return withKeychainAddon({ target, lock }, async (packages) => {
    const directory = packages[target.keyring]!;
    const { main } = JSON.parse(await Deno.readTextFile(join(directory, "package.json")));
    return await Deno.readFile(join(directory, main));
  });
}

const resourcesOf = (binary: Uint8Array) => NtExecutableResource.from(NtExecutable.from(binary));

for (const triple of ["x86_64-pc-windows-msvc", "aarch64-pc-windows-msvc"]) {
  Deno.test(`${triple}: the metadata can be read, and the program inside is untouched`, async () => {
    // What `deno compile` does: the program lies in a resource of its own.
    const bare = NtExecutable.from(await windowsBinary(triple));
    const resources = NtExecutableResource.from(bare);
    const program = crypto.getRandomValues(new Uint8Array(50_000));
    const entry = { type: 10, id: "D3N0L4ND", lang: 0, codepage: 0, bin: program.buffer };
    resources.entries.push(entry);
    resources.outputResource(bare);

    const changed = resourcesOf(withWindowsMetadata(new Uint8Array(bare.generate()), metadata));
    const kept = changed.entries.find(({ id }) => id === "D3N0L4ND");
    deepEqual(new Uint8Array(kept!.bin), program);
    const [info] = Resource.VersionInfo.fromEntries(changed.entries);
    const values = info!.getStringValues({ lang: 1033, codepage: 1200 });
    equal(values.ProductName, "Authful MCP Proxy");
    equal(values.ProductVersion, "1.2.3-rc.4");
    equal(info!.fixedInfo.fileVersionMS, (1 << 16) | 2);
    equal(info!.fixedInfo.fileVersionLS, 3 << 16);
  });
}
