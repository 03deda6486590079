import { deepEqual, equal, match, ok, throws } from "node:assert/strict";
import { join } from "node:path";
import { type Target, targets } from "../../../scripts/build/targets.ts";
import { type NpmPackage, npmPackages } from "../../../scripts/package/npm_packages.ts";
import { writeFiles } from "../../../scripts/package/packed_file.ts";
import { project } from "../../../scripts/package/project.ts";
import { hasProgram } from "../../support/has_program.ts";

const launcher = await Deno.readTextFile(
  new URL("../../../packaging/npm/launcher.cjs", import.meta.url),
);
const texts = {
  license: "licence",
  readme: "readme",
  launcher,
  thirdPartyLicenses: (target: Target) => `licences for ${target.triple}`,
};
const packages = npmPackages(new Map(targets.map((each) => [each, new Uint8Array([7])])), texts);
const manifestOf = (each: NpmPackage) => JSON.parse(each.files[0]!.content as string);

Deno.test("each platform's package is for that platform alone, and holds its executable", () => {
  for (const [index, target] of targets.entries()) {
    const { files } = packages[index]!;
    const manifest = manifestOf(packages[index]!);
    deepEqual([manifest.os, manifest.cpu], [[target.os], [target.cpu]]);
    deepEqual(manifest.libc, target.os === "linux" ? ["glibc"] : undefined);
    const executable = files.find(({ name }) => name === `bin/${target.executable}`);
    ok(executable?.executable, target.triple);
  }
});

Deno.test("the launcher names every platform's package in just this version, and runs no script", () => {
  const manifest = manifestOf(packages.at(-1)!);
  deepEqual(
    manifest.optionalDependencies,
    Object.fromEntries(packages.slice(0, -1).map(({ name }) => [name, project.version])),
  );
  equal(manifest.mcpName, project.registryName);
  for (const each of packages) equal(manifestOf(each).scripts, undefined);
});

Deno.test("a launcher that has nowhere to put the packages is refused", () => {
  throws(
    () => npmPackages(new Map(), { ...texts, launcher: "" }),
    /Cannot find .* in the launcher/,
  );
});

/** What the launcher writes, and its exit code, when this has run before it. */
async function launch(before: string): Promise<{ code: number; said: string }> {
  const directory = await Deno.makeTempDir();
  try {
    await writeFiles(directory, packages.at(-1)!.files);
    const start = `${before}; require(${JSON.stringify(join(directory, "launcher.cjs"))});`;
    const { code, stdout, stderr } = await new Deno.Command("node", { args: ["-e", start] })
      .output();
    equal(stdout.length, 0);
    return { code, said: new TextDecoder().decode(stderr) };
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

const ignore = !(await hasProgram("node"));
const platform = (os: string, cpu: string) =>
  `Object.defineProperty(process, "platform", { value: "${os}" });
   Object.defineProperty(process, "arch", { value: "${cpu}" })`;

Deno.test({
  name: "on a platform without an executable the launcher says how to run the program",
  ignore,
  async fn() {
    const { code, said } = await launch(platform("sunos", "x64"));
    match(
      said,
      /^System error: authful-mcp-proxy has no executable for sunos-x64\. Fix: run it from/,
    );
    equal(said.trim().split("\n").length, 1);
    equal(code, 1);
  },
});

Deno.test({
  name: "on a Linux with musl the launcher says that glibc is missing",
  ignore,
  async fn() {
    for (const [cpu, loader] of [["x64", "x86-64.so.2"], ["arm64", "aarch64.so.1"]] as const) {
      const withoutLoader = `require("node:fs").existsSync = (path) => !/ld-linux/.test(path)`;
      const { code, said } = await launch(`${platform("linux", cpu)}; ${withoutLoader}`);
      match(said, /^System error: this Linux has no glibc \(\/lib\S+ is missing\).*deno run/);
      ok(said.includes(loader), said);
      equal(said.trim().split("\n").length, 1);
      equal(code, 1);
    }
  },
});
