import assert from "node:assert/strict";
import { join } from "node:path";
import { securityChecks } from "./mutants/security_checks.ts";
import { repository } from "./support/paths.ts";

const read = (path: string) => Deno.readTextFile(join(repository, path));

/** Whether a text of this file, with whatever is put into it, is the name of a test or of its first step. */
function mayBeNamed(name: string, code: string): boolean {
  const [test] = name.split(" ... ");
  const texts = code.match(/"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g) ?? [];
  return texts.some((text) => {
    const parts = text.slice(1, -1).split(/\$\{[^}]*\}/);
    if (parts.join("").trim().length < 8) return false;
    const escaped = parts.map((part) => part.replace(/[^\w\s]/g, "\\$&"));
    return new RegExp(`^${escaped.join(".*")}$`).test(test);
  });
}

Deno.test("each security check stands once where the list says, and its test is there", async () => {
  assert.ok(securityChecks.length > 60, "the list is whole");
  for (const { check, file, find, replace, test: [testFile, name] } of securityChecks) {
    assert.equal((await read(file)).split(find).length - 1, 1, `${check}: ${find} in ${file}`);
    assert.notEqual(find, replace, check);
    assert.ok(mayBeNamed(name, await read(testFile)), `${check}: ${testFile} has no "${name}"`);
  }
});

Deno.test("no security check is listed twice", () => {
  for (const member of ["check", "find"] as const) {
    const all = securityChecks.map((each) =>
      `${each[member]} ${member === "find" ? each.file : ""}`
    );
    assert.equal(new Set(all).size, all.length, member);
  }
});
