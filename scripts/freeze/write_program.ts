import { basename, join } from "node:path";
import { keychainLoader } from "../build/keychain_addon.ts";
import { run } from "../build/run.ts";
import { findRuntimePackages } from "../package/runtime_packages.ts";
import { readLicense, thirdPartyLicensesPage } from "../package/third_party_licenses.ts";

/**
 * Writes the program of a working copy as one file, `program.js`, as it is inside the executables
 * but without the keychain's native code, and beside it the licences of what is in it.
 */
export async function writeProgram(root: string, directory: string): Promise<void> {
  const program = join(directory, "program.js");
  await run([
    Deno.execPath(),
    "bundle",
    "--quiet",
    "--frozen",
    "--platform=deno",
    "--minify",
    `--external=${keychainLoader}`,
    `--output=${program}`,
    "main.ts",
  ], { cwd: root });
  const text = await Deno.readTextFile(program);
  if (text.includes(root)) throw new Error(`Cannot freeze ${basename(program)}: it names ${root}`);
  const packages = (await findRuntimePackages(root))
    .filter(({ name }) => !name.startsWith("@napi-rs/"));
  const licenses = await Promise.all(packages.map((each) => readLicense(each, each.directory!)));
  await Deno.writeTextFile(
    join(directory, "program.LICENSES.md"),
    thirdPartyLicensesPage(licenses).replace(
      "The executable of authful-mcp-proxy contains",
      "`program.js` is authful-mcp-proxy under its own licence. It contains",
    ),
  );
}
