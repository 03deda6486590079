import assert from "node:assert/strict";
import { cacheDirectory } from "../../src/app/cache_directory.ts";

const machine = (os: string) => (variables: Record<string, string>) => ({
  os,
  env: (name: string) => variables[name],
});
const env = machine("linux");

Deno.test("credentials are kept under the home directory unless told otherwise", () => {
  const inHome = "/home/ada/.mcp-auth/authful-mcp-proxy";
  assert.equal(cacheDirectory(undefined, env({ HOME: "/home/ada/" })), inHome);
  assert.equal(cacheDirectory(undefined, env({ HOME: "", USERPROFILE: "/home/ada" })), inHome);
  assert.equal(cacheDirectory("/var/lib/ada", env({})), "/var/lib/ada");
  assert.throws(() => cacheDirectory(undefined, env({})), {
    message: /no home directory.* Fix: name a directory for .* MCP_PROXY_CACHE_DIR\.$/,
  });
});

Deno.test("on Windows a shell's own idea of home does not move the credentials", () => {
  const windows = machine("windows");
  const profile = "C:\\Users\\ada";
  assert.equal(
    cacheDirectory(undefined, windows({ HOME: "H:\\", USERPROFILE: profile })),
    cacheDirectory(undefined, windows({ USERPROFILE: profile })),
  );
  const inProfile = "C:\\Users\\ada\\.mcp-auth\\authful-mcp-proxy";
  assert.equal(cacheDirectory(undefined, windows({ HOME: profile })), inProfile);
  assert.equal(cacheDirectory("~/x", windows({ USERPROFILE: profile })), "C:\\Users\\ada\\x");
});

Deno.test("a ~ that no shell has replaced is the home directory", () => {
  const home = env({ HOME: "/home/ada" });
  assert.equal(cacheDirectory("~/credentials", home), "/home/ada/credentials");
  assert.equal(cacheDirectory("~\\credentials", home), "/home/ada\\credentials");
  assert.equal(cacheDirectory("~", home), "/home/ada");
  assert.equal(cacheDirectory("~ada/x", home), "~ada/x");
  assert.equal(cacheDirectory("/a/~/b", home), "/a/~/b");
  assert.throws(() => cacheDirectory("~/credentials", env({})), /no home directory/);
});
