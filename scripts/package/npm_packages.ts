import { type Target, targets } from "../build/targets.ts";
import type { PackedFile } from "./packed_file.ts";
import { project } from "./project.ts";

/** A package as it is before `npm pack`: its directory's name and what lies in it. */
export interface NpmPackage {
  /** The name that it is published under. */
  readonly name: string;
  /** Its files. */
  readonly files: readonly PackedFile[];
}

/** The texts that go into every package. */
export interface NpmTexts {
  /** The project's licence. */
  license: string;
  /** The front page of the documentation. */
  readme: string;
  /** The licences of what is inside the executable of a target. */
  thirdPartyLicenses: (target: Target) => string;
  /** The launcher, with its mark where the list of packages belongs. */
  launcher: string;
}

/** The npm package that carries the executable of a target. */
export function platformPackageName(target: Target): string {
  return `@authful/mcp-proxy-${target.os}-${target.cpu}`;
}

/**
 * The packages of a release: one with the launcher, and one for each platform that only that
 * platform's npm installs. No package runs anything when it is installed.
 */
export function npmPackages(
  executables: ReadonlyMap<Target, Uint8Array>,
  texts: NpmTexts,
): NpmPackage[] {
  return [
    ...[...executables].map(([target, executable]) => platformPackage(target, executable, texts)),
    launcherPackage(texts),
  ];
}

function platformPackage(target: Target, executable: Uint8Array, texts: NpmTexts): NpmPackage {
  const name = platformPackageName(target);
  return {
    name,
    files: [
      manifest({
        name,
        description: `The executable of ${project.name} for ${target.triple}`,
        os: [target.os],
        cpu: [target.cpu],
        ...(target.os === "linux" && { libc: ["glibc"] }),
        preferUnplugged: true,
      }),
      { name: `bin/${target.executable}`, content: executable, executable: true },
      { name: "LICENSE", content: texts.license },
      { name: "THIRD_PARTY_LICENSES.md", content: texts.thirdPartyLicenses(target) },
      {
        name: "README.md",
        content: `The executable of [${project.name}](${project.repository}) for ` +
          `${target.triple}. Install \`${project.name}\`; npm adds this by itself.\n`,
      },
    ],
  };
}

function launcherPackage(texts: NpmTexts): NpmPackage {
  return {
    name: project.name,
    files: [
      manifest({
        name: project.name,
        description: project.description,
        mcpName: project.registryName,
        keywords: ["mcp", "model-context-protocol", "oauth", "oidc", "openid-connect", "proxy"],
        bin: { [project.name]: "launcher.cjs" },
        engines: { node: ">=18" },
        optionalDependencies: Object.fromEntries(
          targets.map((target) => [platformPackageName(target), project.version]),
        ),
      }),
      { name: "launcher.cjs", content: withPackages(texts.launcher), executable: true },
      { name: "LICENSE", content: texts.license },
      { name: "README.md", content: texts.readme },
    ],
  };
}

function manifest(fields: Record<string, unknown>): PackedFile {
  const { name, description, ...others } = fields;
  return {
    name: "package.json",
    content: `${
      JSON.stringify(
        {
          name,
          version: project.version,
          description,
          license: project.license,
          author: project.publisher,
          homepage: `${project.repository}#readme`,
          bugs: `${project.repository}/issues`,
          repository: { type: "git", url: `git+${project.repository}.git` },
          ...others,
        },
        null,
        2,
      )
    }\n`,
  };
}

function withPackages(launcher: string): string {
  const mark = "/* PACKAGES */ {}";
  if (!launcher.includes(mark)) throw new Error(`Cannot find ${mark} in the launcher`);
  const packages = Object.fromEntries(targets.map((target) => {
    const name = platformPackageName(target);
    const executable = `${name}/bin/${target.executable}`;
    return [`${target.os}-${target.cpu}`, { name, executable, ...loaderOf(target) }];
  }));
  return launcher.replace(mark, () => JSON.stringify(packages, null, 2));
}

/** The file that starts every program which was built for glibc. */
function loaderOf(target: Target): { loader?: string } {
  if (target.os !== "linux") return {};
  return {
    loader: target.cpu === "x64" ? "/lib64/ld-linux-x86-64.so.2" : "/lib/ld-linux-aarch64.so.1",
  };
}
