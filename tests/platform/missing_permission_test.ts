import assert from "node:assert/strict";
import { join } from "node:path";
import { ProxyError } from "../../src/base/errors.ts";
import { asMissingPermission, requirePermissions } from "../../src/platform/missing_permission.ts";
import { builtAs } from "../support/built_as.ts";

const isWindows = Deno.build.os === "windows";
const cacheDir = "/cache/of/ada";
const backend = new URL("https://backend.test/mcp");
const issuer = new URL("http://issuer.test:8080/");
const granted: Deno.PermissionOptionsObject = {
  net: ["backend.test:443", "issuer.test:8080"],
  read: [cacheDir],
  write: [cacheDir],
  sys: isWindows ? false : ["uid"],
};
const fix = 'start it with "deno run --unstable-kv --allow-net --allow-env --allow-read ' +
  '--allow-write --allow-sys=uid --allow-run jsr:@authful/mcp-proxy"';

/** The flags that are said to be missing; none when nothing is. */
function missing(urls: (URL | undefined)[] = [backend, undefined, issuer]): string | undefined {
  try {
    requirePermissions({ urls, cacheDir });
  } catch (error) {
    assert.ok(error instanceof ProxyError, String(error));
    assert.deepEqual([error.category, error.reason, error.fix], [
      "System error",
      "missing_permission",
      fix,
    ]);
    return error.what.replace(/^authful-mcp-proxy was started without ?/, "");
  }
}

Deno.test({
  name: "what is granted is not missing",
  permissions: granted,
  fn() {
    assert.equal(missing(), undefined);
    assert.equal(missing([new URL("http://other.test/")]), "--allow-net=other.test:80");
    assert.equal(missing([new URL("https://other.test:80/")]), "--allow-net=other.test:80");
    assert.equal(
      missing([new URL("https://[::1]/"), backend, new URL("https://b.test/")]),
      "--allow-net=[::1]:443,b.test:443",
    );
  },
});

const uid = isWindows ? "" : "--allow-sys=uid";
const rows: [limited: Deno.PermissionOptionsObject, flags: string][] = [
  [{ net: false }, "--allow-net=backend.test:443,issuer.test:8080"],
  [{ net: ["backend.test:80"] }, "--allow-net=backend.test:443,issuer.test:8080"],
  [{ net: ["issuer.test"] }, "--allow-net=backend.test:443"],
  [{ read: ["/cache/of/other"] }, `--allow-read=${cacheDir}`],
  [{ write: false }, `--allow-write=${cacheDir}`],
  ...isWindows ? [] : [[{ sys: ["hostname"] }, uid]] as [Deno.PermissionOptionsObject, string][],
  [
    { net: false, sys: false, read: false, write: false },
    [
      "--allow-net=backend.test:443,issuer.test:8080",
      ...isWindows ? [] : [uid],
      `--allow-read=${cacheDir}`,
      `--allow-write=${cacheDir}`,
    ].join(" "),
  ],
];
for (const [limited, flags] of rows) {
  Deno.test({
    name: `what is not granted is named: ${flags}`,
    permissions: { ...granted, ...limited },
    fn: () => assert.equal(missing(), flags),
  });
}

Deno.test({
  name: "the store needs what is unstable in Deno",
  permissions: granted,
  fn() {
    const property = Object.getOwnPropertyDescriptor(Deno, "openKv")!;
    try {
      Object.defineProperty(Deno, "openKv", { ...property, get: () => undefined });
      assert.equal(missing(), "--unstable-kv");
      const other = new URL("https://a.test/");
      assert.equal(missing([other]), "--unstable-kv --allow-net=a.test:443");
    } finally {
      Object.defineProperty(Deno, "openKv", property);
    }
  },
});

Deno.test({
  name: "on Windows nobody needs to ask who the program runs as",
  permissions: { ...granted, sys: false },
  async fn() {
    assert.equal(await builtAs({ os: "windows" }, () => missing()), undefined);
    assert.equal(await builtAs({ os: "linux" }, () => missing()), "--allow-sys=uid");
  },
});

const { NotCapable } = Deno.errors;
const again = "run again with the --allow-net flag";
const root = join(import.meta.dirname!, "..", "..");
const refused: [error: unknown, flag: string | undefined][] = [
  [
    new NotCapable(`Requires net access to "127.0.0.1:4711", ${again}`),
    "--allow-net=127.0.0.1:4711",
  ],
  [new NotCapable(`Requires env access, ${again}`), "--allow-env"],
  [new NotCapable(`Requires read access to "", ${again}`), "--allow-read"],
  [new NotCapable(`Requires sys access to "uid", ${again}`), "--allow-sys=uid"],
  [new NotCapable("something else"), "something else"],
  [new NotCapable('It Requires net access to "a"'), 'It Requires net access to "a"'],
  [new NotCapable(`Requires all access to "/proc/self", ${again}`), undefined],
  // Of a module, Deno says so in another class of errors.
  [new TypeError('Requires read access to "/a/b.ts"'), "--allow-read=/a/b.ts"],
  [new TypeError('Requires net access to "a.test"'), undefined],
  [new TypeError(`Requires read access to "${join(root, "src", "a.ts")}"`), `--allow-read=${root}`],
  [
    new TypeError(`Requires read access to "${join(root, "main.ts")}"`),
    `--allow-read=${join(root, "main.ts")}`,
  ],
  [new Error("closed"), undefined],
  ["closed", undefined],
  [undefined, undefined],
];
for (const [error, flag] of refused) {
  Deno.test(`an error on the way, alone or behind others: ${error}`, () => {
    const behind = new Error("cannot listen", { cause: new Error("closed", { cause: error }) });
    for (const each of [error, behind]) {
      const found = asMissingPermission(each);
      assert.equal(found?.what, flag && `authful-mcp-proxy was started without ${flag}`);
      if (found) assert.deepEqual([found.reason, found.fix], ["missing_permission", fix]);
    }
  });
}
