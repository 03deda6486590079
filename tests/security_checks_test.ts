import assert from "node:assert/strict";
import { join } from "node:path";
import { securityChecks } from "./mutants/security_checks.ts";
import { repository } from "./support/paths.ts";

const read = (path: string) => Deno.readTextFile(join(repository, path));

Deno.test("each security check stands once where the list says, and its test is there", async () => {
  assert.ok(securityChecks.length > 60, "the list is whole");
  for (const { check, file, find, replace, test: [testFile] } of securityChecks) {
    assert.equal((await read(file)).split(find).length - 1, 1, `${check}: ${find} in ${file}`);
    assert.notEqual(find, replace, check);
    assert.match(await read(testFile), /Deno\.test/, check);
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
