import { deepEqual, equal, match, ok, rejects, throws } from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { compileFlags } from "../../../scripts/build/executable.ts";
import { targetOf, targets } from "../../../scripts/build/targets.ts";
import { findToolchain, toolchainEnv, whyNotBuilt } from "../../../scripts/build/toolchain.ts";
import { permissionFlags } from "../../../src/platform/permissions.ts";

Deno.test("an executable asks nothing, keeps no code cache and has just the listed permissions", () => {
  for (const target of targets) {
    const flags = compileFlags(target, { icon: "i.ico" });
    ok(flags.includes("--no-prompt"));
    ok(flags.includes("--no-code-cache"));
    deepEqual(flags.filter((flag) => flag.startsWith("--allow")), permissionFlags());
    ok(!flags.some((flag) => flag === "-A" || flag.startsWith("--allow-all")));
  }
});

Deno.test("only Windows executables get the icon", () => {
  const withIcon = targets.filter((target) =>
    compileFlags(target, { icon: "i.ico" }).includes("--icon=i.ico")
  );
  deepEqual(withIcon.map((target) => target.os), ["win32", "win32"]);
});

const environment = (variables: Record<string, string>) => (name: string) => variables[name];
const own = targetOf(Deno.build.target);
const other = targets.find((target) => target !== own)!;

Deno.test("a given runtime base builds for this machine and no other", async () => {
  const toolchain = await findToolchain(
    environment({ DENORT_BIN: "/base", DENO_STANDALONE: "/deno" }),
  );
  equal(toolchain.deno, "/deno");
  deepEqual(toolchainEnv(toolchain, own), { DENORT_BIN: "/base" });
  equal(whyNotBuilt(toolchain, own), undefined);
  match(whyNotBuilt(toolchain, other)!, /neither DENORT_BIN nor DENORT_BASES/);
});

Deno.test("a directory of runtime bases builds for each target that it has one for", async () => {
  const directory = await Deno.makeTempDir();
  try {
    await rejects(
      findToolchain(environment({ DENORT_BASES: directory })),
      /Cannot find TRIPLE\/denort in .*DENORT_BASES/,
    );
    const base = join(directory, other.triple, "denort");
    await mkdir(join(base, ".."));
    await Deno.writeTextFile(base, "");
    const toolchain = await findToolchain(environment({ DENORT_BASES: directory }));
    deepEqual(toolchainEnv(toolchain, other), { DENORT_BIN: base });
    deepEqual(targets.filter((target) => !whyNotBuilt(toolchain, target)), [other]);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("without a given runtime base the running Deno builds for every target", async () => {
  const toolchain = await findToolchain(() => undefined);
  equal(toolchain.deno, Deno.execPath());
  for (const target of targets) {
    equal(whyNotBuilt(toolchain, target), undefined);
    deepEqual(toolchainEnv(toolchain, target), {});
  }
});

Deno.test("an unknown target is refused with the known ones", () => {
  throws(() => targetOf("sparc-sun-solaris"), /known targets are x86_64-unknown-linux-gnu, /);
});
