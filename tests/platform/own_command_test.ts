import assert from "node:assert/strict";
import { ownCommand } from "../../src/platform/own_command.ts";
import { builtAs } from "../support/built_as.ts";

const isWindows = Deno.build.os === "windows";
const isLinux = Deno.build.os === "linux";
const all: Deno.PermissionOptionsObject = {
  run: true,
  net: true,
  env: true,
  read: true,
  write: true,
  sys: isWindows ? false : ["uid"],
  ffi: false,
};
const flags = [
  "--allow-net",
  "--allow-env",
  "--allow-read",
  "--allow-write",
  ...isWindows ? [] : ["--allow-sys=uid"],
];
const started = (...permissions: string[]) => ({
  command: Deno.execPath(),
  args: [
    "run",
    "--quiet",
    "--no-prompt",
    "--cached-only",
    "--unstable-kv",
    ...permissions,
    Deno.mainModule,
  ],
});

Deno.test({
  name: "the program starts itself with the permissions that it has and needs",
  permissions: all,
  fn() {
    assert.deepEqual(
      ownCommand({ keychain: false }),
      started(...flags, ...isLinux ? ["--allow-run=grep"] : []),
    );
    assert.equal(ownCommand({ keychain: true }), undefined);
  },
});

Deno.test({
  name: "native code is allowed only for a keychain",
  permissions: { ...all, ffi: true },
  fn() {
    const grep = isLinux ? ["--allow-run=grep"] : [];
    assert.deepEqual(ownCommand({ keychain: true }), started(...flags, "--allow-ffi", ...grep));
    assert.deepEqual(ownCommand({ keychain: false }), started(...flags, ...grep));
  },
});

Deno.test({
  name: "who may start itself and nothing else hands that on to nobody",
  permissions: { ...all, run: [Deno.execPath()] },
  fn: () => assert.deepEqual(ownCommand({ keychain: false }), started(...flags)),
});

for (
  const [what, limited] of Object.entries(
    {
      "start it": { run: false },
      "connect to any host": { net: ["a.test"] },
      "read any variable": { env: ["HOME"] },
      "read any file": { read: ["/elsewhere"] },
      "write any file": { write: ["/elsewhere"] },
      ...isWindows ? {} : { "ask who it runs as": { sys: false } },
    } satisfies Record<string, Deno.PermissionOptionsObject>,
  )
) {
  Deno.test({
    name: `without the permission to ${what}, the program does not start itself`,
    permissions: { ...all, ...limited },
    fn: () => assert.equal(ownCommand({ keychain: false }), undefined),
  });
}

Deno.test({
  name: "an executable has its permissions in it, if it may start itself",
  permissions: { run: true },
  async fn() {
    await builtAs({ standalone: true }, () => {
      assert.deepEqual(ownCommand({ keychain: true }), { command: Deno.execPath(), args: [] });
    });
    assert.equal(ownCommand({ keychain: false }), undefined);
  },
});

Deno.test({
  name: "on macOS nobody reads whose connection it is, and on Windows nobody who it runs as",
  permissions: { ...all, sys: ["uid"] },
  async fn() {
    await builtAs({ os: "darwin" }, () => {
      const own = ["net", "env", "read", "write", "sys=uid"].map((name) => `--allow-${name}`);
      assert.deepEqual(ownCommand({ keychain: false }), started(...own));
    });
    await builtAs({ os: "windows" }, () => {
      const own = ["net", "env", "read", "write"].map((name) => `--allow-${name}`);
      assert.deepEqual(ownCommand({ keychain: false }), started(...own));
    });
  },
});
