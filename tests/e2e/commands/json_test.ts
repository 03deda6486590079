import assert from "node:assert/strict";
import addFormats from "ajv-formats";
import { Ajv2020 } from "ajv/dist/2020.js";
import { join } from "node:path";
import { checkTitles } from "../../../src/cli/doctor/finding.ts";
import { startCompany } from "../../support/company.ts";
import { createHome } from "../../support/home.ts";
import { repository } from "../../support/paths.ts";
import { type Outcome, runProgram } from "../../support/program.ts";

async function readSchema(name: string) {
  return JSON.parse(await Deno.readTextFile(join(repository, `schemas/${name}.schema.json`)));
}

/** What a program reads of an outcome, once it is what the schema promises. */
// deno-lint-ignore no-explicit-any
async function read(name: string, { stdout, stderr }: Outcome): Promise<any> {
  const ajv = new Ajv2020({ allowUnionTypes: true });
  // deno-lint-ignore no-explicit-any
  (addFormats as any)(ajv);
  const validate = ajv.compile<unknown>(await readSchema(name));
  const value = JSON.parse(stdout);
  assert.ok(validate(value), `${JSON.stringify(validate.errors)}\n${stdout}${stderr}`);
  return value;
}

Deno.test("setup, login and doctor say as JSON what came of it, without a terminal", async () => {
  await using company = await startCompany();
  const run = (...args: string[]) => runProgram(company.settings({ args }));
  const url = company.gateway.url.href;
  const login = run("login", url, "--json");
  await company.signIn();
  const first = await read("login", await login);
  assert.deepEqual([first.signedIn, first.isNew, first.renewable], [true, true, true]);
  assert.equal(first.issuer, company.provider.issuer);
  assert.equal((await read("login", await run("login", url, "--json"))).isNew, false);
  for (const secret of Object.values(company.provider.secrets).flatMap((some) => [...some])) {
    assert.ok(!JSON.stringify(first).includes(secret));
  }
  const setUp = ["setup", url, "--client", "cursor", "--name", "tools", "--json", "--yes"];
  const dry = await read("setup", await run(...setUp, "--dry-run"));
  assert.equal(dry.outcome, "shown");
  const written = await read("setup", await run(...setUp));
  assert.equal(written.outcome, "written");
  assert.deepEqual(written.files.map((file: string) => file.replace(company.home.path, "~")), [
    "~/.config/authful-mcp-proxy/config.json",
    "~/.cursor/mcp.json",
  ]);
  const report = await read("doctor", await run("doctor", "tools", "--json"));
  assert.equal(report.works, true);
  const removed = await run("setup", "--remove", "--name", "tools", "--yes", "--json");
  assert.deepEqual((await read("setup", removed)).client, null);
});

Deno.test("what fails says so as JSON, too, with the word that stays the same", async () => {
  await using home = await createHome();
  const run = (...args: string[]) => runProgram({ home: home.path, args });
  const missing = await run("login", "--json");
  assert.equal(missing.code, 1);
  assert.equal((await read("login", missing)).error.reason, "missing_setting");
  assert.match(missing.stderr, /^Configuration error: /);
  const misspelt = await run("setup", "https://a.test/", "--client", "vscodee", "--json");
  assert.equal(misspelt.code, 2);
  assert.match((await read("setup", misspelt)).error.fix, /use "vscode"/);
  const usage = await run("setup", "https://a.test/", "--json");
  assert.equal(usage.code, 2);
  assert.equal((await read("setup", usage)).error.reason, "usage");
  const catalogue = await run("setup", "--from", "/nowhere.json", "--all", "--yes", "--json");
  assert.equal((await read("setup", catalogue)).error.reason, "catalogue_unreadable");
  assert.equal((await read("doctor", await run("doctor", "--json"))).works, false);
});

Deno.test("the schema of doctor knows every check", async () => {
  const { oneOf: [report] } = await readSchema("doctor");
  assert.deepEqual(
    report.properties.findings.items.properties.check.enum,
    Object.keys(checkTitles),
  );
});
