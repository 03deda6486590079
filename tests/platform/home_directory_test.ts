import assert from "node:assert/strict";
import { homeDirectory, requireHome } from "../../src/platform/paths.ts";

const machine = (os: string, variables: Record<string, string>) =>
  ({
    os,
    env: (name: string) => variables[name],
  }) as Parameters<typeof requireHome>[0];

Deno.test("the home directory is that of the system, whatever a Unix shell on Windows says", () => {
  const both = { HOME: "/home/ada", USERPROFILE: "C:\\Users\\ada" };
  assert.equal(homeDirectory(machine("linux", both)), "/home/ada");
  assert.equal(homeDirectory(machine("windows", both)), "C:\\Users\\ada");
  assert.equal(homeDirectory(machine("windows", { HOME: "/c/ada" })), "/c/ada");
  assert.equal(homeDirectory(machine("linux", { HOME: "" })), undefined);
});

for (const [name, variables] of [["no", {}], ["a relative", { HOME: "ada" }]] as const) {
  Deno.test(`${name} home directory is an error that names the variable`, () => {
    assert.throws(() => requireHome(machine("linux", variables)), {
      reason: "no_home_directory",
      message: /set HOME/,
    });
    assert.throws(() => requireHome(machine("windows", variables)), { message: /set USERPROFILE/ });
  });
}

Deno.test("an absolute home directory is taken, in either form of Windows", () => {
  for (const path of ["/home/ada", "C:\\Users\\ada", "c:/Users/ada", "\\\\server\\ada"]) {
    assert.equal(requireHome(machine("linux", { HOME: path })), path);
  }
});
