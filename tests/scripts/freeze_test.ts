import assert from "node:assert/strict";
import { join } from "node:path";
import { writeConfig } from "../../scripts/freeze/write_config.ts";
import { writeProgram } from "../../scripts/freeze/write_program.ts";
import { version } from "../../src/base/version.ts";
import { frozenVersions } from "../support/frozen_versions.ts";
import { createHome } from "../support/home.ts";
import { repository } from "../support/paths.ts";
import { runProgram } from "../support/program.ts";

Deno.test("the configuration file to be frozen has every option, none with its default", async () => {
  await using home = await createHome();
  await writeConfig(home.path);
  const { everything, ...others } = JSON.parse(
    await Deno.readTextFile(join(home.path, "settings.json")),
  );
  const usual = others["signed-in"];
  const same = Object.keys(usual).filter((name) =>
    JSON.stringify(usual[name]) === JSON.stringify(everything[name])
  );
  // --silent would switch --debug off.
  assert.deepEqual(same, ["silent"]);
});

Deno.test("the program to be frozen runs from its one file, without this repository", async () => {
  await using home = await createHome();
  await writeProgram(repository, home.path);
  const command: [string, ...string[]] = [
    Deno.execPath(),
    ...["run", "--no-config", "--no-lock", "--no-remote", "--no-npm", "--unstable-kv", "-A"],
    join(home.path, "program.js"),
  ];
  const { stdout } = await runProgram({ home: home.path, command, args: ["--version"] });
  assert.ok(stdout.includes(version), stdout);
  const licenses = await Deno.readTextFile(join(home.path, "program.LICENSES.md"));
  assert.match(licenses, /^## oauth4webapi@/m);
});

Deno.test("this version is frozen, as every release must be", () => {
  assert.ok(
    frozenVersions.some((frozen) => frozen.version === version),
    `run "deno task freeze" for ${version}, see docs/releasing.md`,
  );
});
