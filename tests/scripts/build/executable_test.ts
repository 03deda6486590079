import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { compileFlags } from "../../../scripts/build/executable.ts";
import { targetOf, targets } from "../../../scripts/build/targets.ts";
import { canBuild, findToolchain } from "../../../scripts/build/toolchain.ts";
import { permissionFlags } from "../../../src/cli/permissions.ts";

Deno.test("an executable asks nothing, keeps no code cache and has just the listed permissions", () => {
  for (const target of targets) {
    const flags = compileFlags(target, {});
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

Deno.test("a given runtime base builds for this machine and no other", () => {
  const toolchain = findToolchain((
    name,
  ) => ({ DENORT_BIN: "/base", DENO_STANDALONE: "/deno" }[name]));
  equal(toolchain.deno, "/deno");
  deepEqual(toolchain.env, { DENORT_BIN: "/base" });
  const buildable = targets.filter((target) => canBuild(toolchain, target));
  deepEqual(buildable.map((target) => target.triple), [Deno.build.target]);
});

Deno.test("without a given runtime base the running Deno builds for every target", () => {
  const toolchain = findToolchain(() => undefined);
  equal(toolchain.deno, Deno.execPath());
  ok(targets.every((target) => canBuild(toolchain, target)));
});

Deno.test("an unknown target is refused with the known ones", () => {
  throws(() => targetOf("sparc-sun-solaris"), /known targets are x86_64-unknown-linux-gnu, /);
});
