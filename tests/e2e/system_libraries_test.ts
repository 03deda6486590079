import assert from "node:assert/strict";
import { join } from "node:path";
import { run } from "../../scripts/build/run.ts";
import { hasProgram } from "../support/has_program.ts";
import { repository } from "../support/paths.ts";

const executable = Deno.env.get("AUTHFUL_EXECUTABLE");

Deno.test({
  name: "the executable needs no newer glibc than the documentation says " +
    "(needs AUTHFUL_EXECUTABLE and objdump)",
  ignore: !executable || Deno.build.os !== "linux" || !(await hasProgram("objdump")),
  async fn() {
    const symbols = await run(["objdump", "-T", executable!]);
    const minors = [...symbols.matchAll(/\bGLIBC_2\.(\d+)/g)].map(([, minor]) => Number(minor));
    const guide = await Deno.readTextFile(join(repository, "docs", "installation.md"));
    const [, documented] = /glibc 2\.(\d+) or newer/.exec(guide) ?? [];
    assert.equal(Math.max(...minors), Number(documented));
  },
});

Deno.test({
  name: "the executable needs the libraries of glibc and GCC, and no others " +
    "(needs AUTHFUL_EXECUTABLE and objdump)",
  ignore: !executable || Deno.build.os !== "linux" || !(await hasProgram("objdump")),
  async fn() {
    const headers = await run(["objdump", "-p", executable!]);
    const needed = [...headers.matchAll(/NEEDED\s+(\S+)/g)].map(([, name]) => name!);
    const dockerfile = await Deno.readTextFile(
      join(repository, "packaging", "container", "Dockerfile"),
    );
    assert.ok(needed.length > 0);
    for (const name of needed.filter((name) => !name.startsWith("ld-linux"))) {
      assert.ok(dockerfile.includes(`/${name} `), `the container image has no ${name}`);
    }
  },
});
