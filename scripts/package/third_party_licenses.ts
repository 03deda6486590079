import { join } from "node:path";
import { withKeychainAddon } from "../build/keychain_addon.ts";
import type { Target } from "../build/targets.ts";
import type { RuntimePackage } from "./runtime_packages.ts";

/** The licence of something that is inside the executables. */
export interface ThirdPartyLicense {
  /** What it is, with its version. */
  readonly name: string;
  /** The SPDX expression that it declares. */
  readonly license: string;
  /** The full text, with its copyright lines. */
  readonly text: string;
}

/** Collects the licences of all that is inside the executable of one target. */
export async function collectLicenses(
  root: string,
  options: { target: Target; packages: readonly RuntimePackage[] },
): Promise<ThirdPartyLicense[]> {
  const { target, packages } = options;
  const lock = await Deno.readTextFile(join(root, "deno.lock"));
  return withKeychainAddon({ target, lock }, async (addon) => {
    const inside = packages.filter(({ name }) =>
      name === target.keyring || !name.startsWith("@napi-rs/keyring-")
    );
    const texts = (file: string) =>
      Deno.readTextFile(join(root, "packaging", "licenses", file)).then((text) => text.trim());
    return [
      { name: "Deno", license: "MIT", text: await texts("deno.txt") },
      { name: "V8, inside Deno", license: "BSD-3-Clause", text: await texts("v8.txt") },
      ...await Promise.all(inside.map((each) => {
        const directory = addon[each.name] ?? each.directory;
        if (!directory) throw new Error(`Cannot find ${each.name}@${each.version}`);
        return readLicense(each, directory);
      })),
    ];
  });
}

/**
 * Reads what a package says of its licence.
 *
 * @throws {Error} when it declares none or holds no text of it
 */
export async function readLicense(
  { name, version }: Pick<RuntimePackage, "name" | "version">,
  directory: string,
): Promise<ThirdPartyLicense> {
  const { license } = JSON.parse(
    await Deno.readTextFile(join(directory, "package.json")),
  ) as { license?: string };
  const files: string[] = [];
  for await (const { name: file } of Deno.readDir(directory)) {
    if (/^(licen[cs]e|copying|notice)/i.test(file)) files.push(file);
  }
  if (!license || files.length === 0) {
    throw new Error(`Cannot collect the licence of ${name}@${version}: none in ${directory}`);
  }
  const texts = await Promise.all(
    files.sort().map((file) => Deno.readTextFile(join(directory, file))),
  );
  return {
    name: `${name}@${version}`,
    license,
    text: texts.map((text) => text.trim()).join("\n\n"),
  };
}

/** The page that travels with every executable. */
export function thirdPartyLicensesPage(licenses: readonly ThirdPartyLicense[]): string {
  const parts = licenses.map(({ name, license, text }) => {
    // Licence texts may hold fences of their own.
    const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((run) => run.length));
    const fence = "`".repeat(longest + 1);
    return `## ${name}\n\nLicence: ${license}\n\n${fence}text\n${text}\n${fence}\n`;
  });
  return `# Third-party licences

The executable of authful-mcp-proxy contains the following works of others.

${parts.join("\n")}`;
}
