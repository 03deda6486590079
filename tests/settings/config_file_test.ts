import assert from "node:assert/strict";
import { join } from "node:path";
import { readConfigFile } from "../../src/settings/config_file.ts";

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
