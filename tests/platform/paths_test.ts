import assert from "node:assert/strict";
import {
  expandHome,
  homeDirectory,
  join,
  type Machine,
  requireHome,
  thisMachine,
  underApplicationData,
  underHome,
  underVariable,
  underXdgConfig,
} from "../../src/platform/paths.ts";

/** A machine with these variables and no others. */
function machine(os: string, variables: Record<string, string> = {}): Machine {
  return { os, cwd: "/", env: (name) => variables[name] };
}

const linux = machine("linux", { HOME: "/home/ada" });
const mac = machine("darwin", { HOME: "/Users/ada" });
const windows = machine("windows", { USERPROFILE: "C:\\Users\\ada" });

Deno.test("paths are joined with the separators of the machine that is meant, each once", () => {
  assert.equal(join(linux, "/a/", "/b//c", "d"), "/a/b/c/d");
  assert.equal(join(windows, "C:\\a\\", "b", "c/d"), "C:\\a\\b\\c\\d");
  assert.equal(join(windows, "C:/a//b", "c"), "C:\\a\\b\\c");
  assert.equal(join(windows, "\\\\server\\share\\", "\\a"), "\\\\server\\share\\a");
});

Deno.test("the home directory is HOME, on Windows USERPROFILE before HOME", () => {
  const both = { HOME: "/home/ada", USERPROFILE: "C:\\Users\\ada" };
  assert.equal(homeDirectory(machine("linux", both)), "/home/ada");
  assert.equal(homeDirectory(machine("darwin", both)), "/home/ada");
  assert.equal(homeDirectory(machine("windows", both)), "C:\\Users\\ada");
  assert.equal(
    homeDirectory(machine("linux", { USERPROFILE: "C:\\Users\\ada" })),
    "C:\\Users\\ada",
  );
  assert.equal(homeDirectory(machine("windows", { HOME: "/c/ada" })), "/c/ada");
  assert.equal(homeDirectory(machine("linux", { HOME: "", USERPROFILE: "/u" })), "/u");
  assert.equal(homeDirectory(machine("linux")), undefined);
});

Deno.test("without a home directory the error names the variable of the system", () => {
  for (
    const [os, variable] of [["linux", "HOME"], ["darwin", "HOME"], ["windows", "USERPROFILE"]]
  ) {
    assert.throws(() => requireHome(machine(os)), {
      category: "Configuration error",
      reason: "no_home_directory",
      what: "there is no home directory (neither HOME nor USERPROFILE is set)",
      fix: `set ${variable}, or name the file yourself`,
    });
    assert.throws(() => requireHome(machine(os, { HOME: "ada" })), {
      category: "Configuration error",
      reason: "no_home_directory",
      what: 'the home directory "ada" is not an absolute path: it would be another one for each ' +
        "directory that a client starts in",
      fix: `set ${variable} to an absolute path`,
    });
  }
  assert.throws(() => requireHome(machine("linux"), { fix: "name it" }), { fix: "name it" });
  assert.throws(() => expandHome("~/a", machine("linux"), { fix: "name it" }), { fix: "name it" });
});

Deno.test("a home directory is absolute as any system writes it", () => {
  for (const home of ["/", "/home/ada", "\\\\server\\ada", "C:\\Users", "c:/Users", "Z:/"]) {
    assert.equal(requireHome(machine("linux", { HOME: home })), home);
  }
  for (const home of ["~", ".", "home/ada", "C:", "C:ada", "CC:/ada", "1:/ada", " /home"]) {
    assert.throws(() => requireHome(machine("linux", { HOME: home })), {
      reason: "no_home_directory",
    });
  }
});

Deno.test("a ~ at the beginning of a path is the home directory, and elsewhere a character", () => {
  const paths: [Machine, string, string][] = [
    [linux, "~", "/home/ada"],
    [linux, "~/a/b", "/home/ada/a/b"],
    [linux, "~\\a", "/home/ada\\a"],
    [machine("linux", { HOME: "/home/ada//" }), "~/a", "/home/ada/a"],
    [windows, "~/a/b", "C:\\Users\\ada\\a\\b"],
    [windows, "~\\a", "C:\\Users\\ada\\a"],
    [linux, "~ada/a", "~ada/a"],
    [linux, "/a/~/b", "/a/~/b"],
    [linux, "a~", "a~"],
    [windows, "C:/a", "C:/a"],
    [machine("linux"), "/no/home/is/needed", "/no/home/is/needed"],
  ];
  for (const [machine, path, expanded] of paths) assert.equal(expandHome(path, machine), expanded);
});

Deno.test("a path under a variable is under the home directory without it", () => {
  const place = { variable: "CODEX_HOME", otherwise: [".codex", "x"] };
  assert.equal(underVariable(linux, place, "a"), "/home/ada/.codex/x/a");
  for (const [given, path] of [["/codex", "/codex/a"], ["", "/home/ada/.codex/x/a"]]) {
    const set = machine("linux", { HOME: "/home/ada", CODEX_HOME: given });
    assert.equal(underVariable(set, place, "a"), path);
  }
  assert.equal(underHome(windows, ".a", "b"), "C:\\Users\\ada\\.a\\b");
});

Deno.test("configuration lies in XDG_CONFIG_HOME where it is absolute, not on Windows", () => {
  const set = (os: string, value: string) =>
    machine(os, { HOME: "/home/ada", XDG_CONFIG_HOME: value });
  assert.equal(underXdgConfig(linux, "a"), "/home/ada/.config/a");
  assert.equal(underXdgConfig(set("linux", "/xdg"), "a", "b"), "/xdg/a/b");
  assert.equal(underXdgConfig(set("darwin", "/xdg"), "a"), "/xdg/a");
  for (const relative of ["xdg", "", "./x"]) {
    assert.equal(underXdgConfig(set("linux", relative), "a"), "/home/ada/.config/a");
  }
  assert.equal(
    underXdgConfig(machine("windows", { USERPROFILE: "C:\\ada", XDG_CONFIG_HOME: "/xdg" }), "a"),
    "C:\\ada\\.config\\a",
  );
});

Deno.test("applications keep their data where their system says", () => {
  assert.equal(underApplicationData(mac, "a"), "/Users/ada/Library/Application Support/a");
  assert.equal(underApplicationData(linux, "a"), "/home/ada/.config/a");
  assert.equal(underApplicationData(windows, "a"), "C:\\Users\\ada\\AppData\\Roaming\\a");
  const set = machine("windows", { USERPROFILE: "C:\\Users\\ada", APPDATA: "D:\\Data" });
  assert.equal(underApplicationData(set, "a"), "D:\\Data\\a");
});

Deno.test("this machine is the one that the test runs on", async () => {
  const here = thisMachine();
  assert.equal(here.os, Deno.build.os);
  assert.equal(here.cwd, Deno.cwd());
  assert.equal(here.env("PATH"), Deno.env.get("PATH"));
  const directory = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(join(here, directory, "a"), "");
    assert.deepEqual(here.namesIn(directory), ["a"]);
    assert.deepEqual(here.namesIn(join(here, directory, "missing")), []);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
