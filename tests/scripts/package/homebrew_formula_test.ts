import { equal, match, throws } from "node:assert/strict";
import { join } from "node:path";
import { run } from "../../../scripts/build/run.ts";
import { targets } from "../../../scripts/build/targets.ts";
import { archiveName } from "../../../scripts/package/archive.ts";
import { homebrewFormula } from "../../../scripts/package/homebrew_formula.ts";
import { hasProgram } from "../../support/has_program.ts";
import { sampleSums } from "./sample_sums.ts";

Deno.test("the formula pairs each archive for macOS and Linux with its checksum", () => {
  const formula = homebrewFormula(sampleSums);
  for (const target of targets.filter(({ os }) => os !== "win32")) {
    const file = archiveName(target);
    const pair = new RegExp(`${RegExp.escape(file)}"\\n\\s+sha256 "${sampleSums[file]}"`);
    match(formula, pair);
  }
  equal(formula.match(/sha256 /g)!.length, 4);
});

Deno.test("a formula without the sum of an archive is not written", () => {
  throws(() => homebrewFormula({}), /no checksum of authful-mcp-proxy-.*-aarch64-apple-darwin/);
});

Deno.test({
  name: "Ruby reads the formula",
  ignore: !(await hasProgram("ruby")),
  async fn() {
    const directory = await Deno.makeTempDir();
    try {
      const path = join(directory, "authful-mcp-proxy.rb");
      await Deno.writeTextFile(path, homebrewFormula(sampleSums));
      equal((await run(["ruby", "-wc", path])).trim(), "Syntax OK");
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
});
