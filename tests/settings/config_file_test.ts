import assert from "node:assert/strict";
import { join } from "node:path";
import {
  defaultConfigPath,
  readConfigFile,
  readSystemConfig,
  systemConfigPath,
} from "../../src/settings/config_file.ts";
import { withLstat } from "./with_lstat.ts";

/** Reads the default file of a home of its own, which `fill` fills. */
async function readDefault(
  fill: (path: string) => Promise<void>,
  readTextFile: (path: string) => Promise<string> = Deno.readTextFile,
) {
  const home = await Deno.makeTempDir();
  try {
    const directory = join(home, ".config", "authful-mcp-proxy");
    await Deno.mkdir(directory, { recursive: true });
    await fill(join(directory, "config.json"));
    return await readConfigFile({
      given: undefined,
      machine: { os: "linux", env: (name) => name === "HOME" ? home : undefined, cwd: home },
      readTextFile,
    });
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

const settings = (path: string) => Deno.writeTextFile(path, '{"servers":{"tools":{}}}');
const denied = () => Promise.reject(new Deno.errors.PermissionDenied("Permission denied"));

Deno.test("a default configuration file that is not there is no error", async () => {
  assert.equal(await readDefault(() => Promise.resolve()), undefined);
});

Deno.test("a home that may not be looked into has no configuration file", async () => {
  assert.equal(await readDefault(() => Promise.resolve(), denied), undefined);
});

Deno.test("a path that leads through a file has no configuration file", async () => {
  const config = await readDefault(async (path) => {
    await Deno.remove(join(path, ".."));
    await Deno.writeTextFile(join(path, ".."), "");
  });
  assert.equal(config, undefined);
});

Deno.test("a default configuration file that cannot be read is named", async () => {
  await assert.rejects(
    readDefault(settings, denied),
    /the configuration file .*config\.json cannot be read: .*Permission denied/,
  );
});

Deno.test("a directory in place of the default configuration file is named", async () => {
  await assert.rejects(
    readDefault((path) => Deno.mkdir(path)),
    /the configuration file .*config\.json cannot be read/,
  );
});

Deno.test("a name that stands twice in the configuration file is named, with its line", async () => {
  const twice = (text: string) =>
    readConfigFile({
      given: "/config.json",
      machine: { os: "linux", env: () => undefined, cwd: "/" },
      readTextFile: () => Promise.resolve(text),
    });
  await assert.rejects(
    twice('{\n "servers": {\n  "tools": {},\n  "tools": {}\n }\n}'),
    /config\.json has "tools" twice, line 4/,
  );
  await assert.rejects(twice('{"defaults":{},\n"defaults":{}}'), /has "defaults" twice, line 2/);
  await assert.rejects(
    twice('{"servers":{"a":{"oidcClientId":"x","oidcClientId":"y"}}}'),
    /has "oidcClientId" twice, line 1/,
  );
  const config = await twice('{"servers":{"a":{"oidcScopes":["x","x"]},"b":{"oidcScopes":"x"}}}');
  assert.deepEqual(config?.servers.a?.oidcScopes, "x\nx");
});

Deno.test("the default file lies where each system keeps configuration", () => {
  const at = (os: string, env: Record<string, string>) =>
    defaultConfigPath({ os, env: (name) => env[name], cwd: "/" });
  const HOME = "/home/ada";
  assert.equal(at("linux", { HOME }), "/home/ada/.config/authful-mcp-proxy/config.json");
  assert.equal(at("darwin", { HOME }), "/home/ada/.config/authful-mcp-proxy/config.json");
  assert.equal(at("linux", { HOME, XDG_CONFIG_HOME: "/x" }), "/x/authful-mcp-proxy/config.json");
  assert.equal(
    at("windows", { USERPROFILE: "C:\\ada", APPDATA: "D:\\data" }),
    "D:\\data\\authful-mcp-proxy\\config.json",
  );
});

const unread = () => assert.fail("a file was read");
const here = { os: "linux", env: () => undefined, cwd: "/" };

Deno.test("without a home there is no default file, and one that was named must be there", async () => {
  assert.equal(
    await readConfigFile({ given: undefined, machine: here, readTextFile: unread }),
    undefined,
  );
  const missing = () => Promise.reject(new Deno.errors.NotFound("not there"));
  await assert.rejects(
    readConfigFile({ given: "/nowhere/x.json", machine: here, readTextFile: missing }),
    {
      what: "the configuration file /nowhere/x.json cannot be read: not there",
      fix: "correct the file, or see docs/settings.md",
    },
  );
});

Deno.test({
  name: "without the permission to look there, no file is looked for",
  permissions: { read: [import.meta.dirname!] },
  async fn() {
    const machine = { ...here, env: () => "/home/ada" };
    assert.equal(
      await readConfigFile({ given: undefined, machine, readTextFile: unread }),
      undefined,
    );
    assert.equal(await readSystemConfig({ os: "linux", env: () => undefined }), undefined);
  },
});

Deno.test({
  name: "the permission for the default file alone is enough to read it",
  permissions: { read: ["/home/ada/.config/authful-mcp-proxy/config.json"] },
  async fn() {
    const config = await readConfigFile({
      given: undefined,
      machine: { ...here, env: (name) => name === "HOME" ? "/home/ada" : undefined },
      readTextFile: () => Promise.resolve('{"defaults": {"profile": "a"}}'),
    });
    assert.equal(config?.defaults.profile, "a");
  },
});

Deno.test("what belongs into the administrator's file is told where that is", async () => {
  for (const name of ["locked", "allowedBackends", "allowedIssuers"]) {
    await assert.rejects(
      readConfigFile({
        given: "/x.json",
        machine: here,
        readTextFile: () => Promise.resolve(`{"${name}": []}`),
      }),
      { fix: "set it in /etc/authful-mcp-proxy/config.json, or see docs/settings.md" },
    );
  }
  await assert.rejects(
    readConfigFile({
      given: "/x.json",
      machine: here,
      readTextFile: () => Promise.resolve('{"other": []}'),
    }),
    { fix: "correct the file, or see docs/settings.md" },
  );
});

Deno.test("an administrator's file that is not there is no error, and one that cannot be seen is", async () => {
  const machine = { os: "linux", env: () => undefined };
  for (const Missing of [Deno.errors.NotFound, Deno.errors.NotADirectory]) {
    const missing = () => {
      throw new Missing("it is not there");
    };
    await withLstat(missing, async () => assert.equal(await readSystemConfig(machine), undefined));
  }
  const hidden = () => {
    throw new Deno.errors.PermissionDenied("it is hidden");
  };
  await withLstat(hidden, () =>
    assert.rejects(readSystemConfig(machine), {
      what:
        "the configuration file /etc/authful-mcp-proxy/config.json cannot be read: it is hidden",
    }));
});

Deno.test("an administrator's file is read", async () => {
  const machine = { os: "windows", env: () => undefined };
  const directory = await Deno.makeTempDir();
  const path = join(directory, "config.json");
  await Deno.writeTextFile(path, '{"locked": {"profile": "a"}}');
  const { lstat, stat, readFile } = Deno;
  const asked = new Set<unknown>();
  const there = <T>(given: string | URL, found: T): T => {
    asked.add(given);
    return found;
  };
  try {
    Deno.lstat = (given) => lstat(there(given, path));
    Deno.stat = (given) => stat(there(given, path));
    Deno.readFile = (given) => readFile(there(given, path));
    assert.deepEqual((await readSystemConfig(machine))?.policy.locked, { profile: "a" });
    assert.deepEqual([...asked], [systemConfigPath(machine)]);
  } finally {
    Object.assign(Deno, { lstat, stat, readFile });
    await Deno.remove(directory, { recursive: true });
  }
});
