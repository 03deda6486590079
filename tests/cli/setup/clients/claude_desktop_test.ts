import assert from "node:assert/strict";
import { claudeDesktop } from "../../../../src/cli/setup/clients/claude_desktop.ts";

const packages = "C:\\Users\\ada\\AppData\\Local\\Packages";
const usual = "C:\\Users\\ada\\AppData\\Roaming\\Claude\\claude_desktop_config.json";
const packaged = (name: string) =>
  `${packages}\\${name}\\LocalCache\\Roaming\\Claude\\claude_desktop_config.json`;

const at = (names: string[], os = "windows") =>
  claudeDesktop.location({
    os,
    cwd: "/",
    env: (name) => name === "HOME" || name === "USERPROFILE" ? home[os] : undefined,
    // Wherever packages are looked for, these are there.
    namesIn: (directory) => directory.endsWith("Packages") ? names : [],
  });
const home: Record<string, string> = {
  windows: "C:\\Users\\ada",
  linux: "/home/ada",
  darwin: "/Users/ada",
};

for (const name of ["Claude_pzs8sxrjxfjjc", "claude_PZS8", "Claude_1"]) {
  Deno.test(`${name} is a package of Claude Desktop`, () =>
    assert.equal(at([name]), packaged(name)));
}

for (const name of ["Claude", "Claude_", "NoClaude_pzs8", "Claude_pzs8.old", "Claude_pzs8 2"]) {
  Deno.test(`${name} is no package of Claude Desktop`, () => assert.equal(at([name]), usual));
}

Deno.test("of several packages that have not run the first one counts", () => {
  assert.equal(at(["Claude_a", "Claude_b"]), packaged("Claude_a"));
});

Deno.test("only Windows has packages", () => {
  assert.equal(
    at(["Claude_pzs8"], "linux"),
    "/home/ada/.config/Claude/claude_desktop_config.json",
  );
  assert.equal(
    at(["Claude_pzs8"], "darwin"),
    "/Users/ada/Library/Application Support/Claude/claude_desktop_config.json",
  );
});
