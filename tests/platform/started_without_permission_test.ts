import { doesNotMatch, equal, match } from "node:assert/strict";
import { join } from "node:path";
import { neededPermissions, permissionFlags } from "../../src/platform/permissions.ts";

const main = join(import.meta.dirname!, "..", "..", "main.ts");

/** Starts the program with just these flags of `deno run`, outside the repository's configuration. */
async function start(
  denoFlags: string[],
  args: string[] = [],
): Promise<{ code: number; stdout: string; stderr: string }> {
  const home = await Deno.makeTempDir();
  try {
    const root = join(import.meta.dirname!, "..", "..");
    const { imports } = JSON.parse(await Deno.readTextFile(join(root, "deno.json")));
    await Deno.writeTextFile(join(home, "deno.json"), JSON.stringify({ imports }));
    // With the versions that are in Deno's cache nothing has to be asked of a registry.
    await Deno.copyFile(join(root, "deno.lock"), join(home, "deno.lock"));
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--quiet",
        "--no-prompt",
        `--config=${join(home, "deno.json")}`,
        ...denoFlags,
        main,
        ...args,
      ],
      clearEnv: true,
      env: {
        HOME: home,
        PATH: Deno.env.get("PATH")!,
        DENO_DIR: await denoDirectory(),
        NO_COLOR: "1",
        MCP_BACKEND_URL: "https://backend.test/mcp",
        OIDC_ISSUER_URL: "https://issuer.test:8443",
        OIDC_CLIENT_ID: "client",
        MCP_PROXY_NO_BANNER: "1",
      },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).output();
    const decoder = new TextDecoder();
    return {
      code,
      stdout: decoder.decode(stdout),
      stderr: decoder.decode(stderr).replaceAll(home, "HOME"),
    };
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

let denoDir: Promise<string> | undefined;
function denoDirectory(): Promise<string> {
  return denoDir ??= new Deno.Command(Deno.execPath(), {
    args: ["info", "--json"],
    stdout: "piped",
  })
    .output().then(({ stdout }) => JSON.parse(new TextDecoder().decode(stdout)).denoDir);
}

const without = (name: string) =>
  permissionFlags(neededPermissions.filter((permission) => permission.name !== name));

const cases: [name: string, flags: string[], expected: RegExp][] = [
  [
    "without KV",
    permissionFlags(),
    /started without --unstable-kv\. Fix: start it with "deno run /,
  ],
  [
    "without net",
    ["--unstable-kv", ...without("net")],
    /started without --allow-net=backend\.test:443,issuer\.test:8443\. Fix: start/,
  ],
  ["with net for the backend only", [
    "--unstable-kv",
    ...without("net"),
    "--allow-net=backend.test",
  ], /started without --allow-net=issuer\.test:8443\. Fix: start/],
  [
    "without read",
    ["--unstable-kv", ...without("read")],
    /started without --allow-read=HOME\/\.mcp-auth\/authful-mcp-proxy\. Fix: start/,
  ],
  [
    "without write",
    ["--unstable-kv", ...without("write")],
    /started without --allow-write=HOME\/\.mcp-auth\/authful-mcp-proxy\. Fix: start/,
  ],
  // On Windows nobody asks whose the directory is.
  ...Deno.build.os === "windows" ? [] : [
    [
      "without sys",
      ["--unstable-kv", ...without("sys")],
      /started without --allow-sys=uid\. Fix: start/,
    ] as [string, string[], RegExp],
  ],
  [
    "with KV's directory for reading only",
    ["--unstable-kv", ...without("write"), "--allow-write=/elsewhere"],
    /started without --allow-write=HOME\/\.mcp-auth\/authful-mcp-proxy\. Fix: start/,
  ],
  [
    "with KV's directory for writing only",
    ["--unstable-kv", ...without("read"), "--allow-read=/elsewhere"],
    /started without --allow-read=HOME\/\.mcp-auth\/authful-mcp-proxy\. Fix: start/,
  ],
  [
    "without env",
    ["--unstable-kv", ...without("env")],
    /started without --allow-env=\w+\. Fix: start/,
  ],
  [
    "without anything but env",
    ["--allow-env"],
    /without --unstable-kv --allow-net=.* (--allow-sys=uid )?--allow-read=.* --allow-write=.*\. Fix: start it with "deno run --unstable-kv --allow-net --allow-env /,
  ],
];

/** Starts the program and checks that it ends with one line that matches. */
async function refuses(denoFlags: string[], args: string[], expected: RegExp): Promise<void> {
  const { code, stdout, stderr } = await start(denoFlags, args);
  match(stderr, expected);
  match(stderr, /^System error: authful-mcp-proxy was started without /m);
  doesNotMatch(stderr, /\n\s+at /);
  equal(stderr.trim().split("\n").length, 1, stderr);
  equal(stdout, "");
  equal(code, 1);
}

for (const [name, flags, expected] of cases) {
  Deno.test(`started ${name}, the program names the missing flag and exits 1`, () =>
    refuses(flags, [], expected));
}

for (const command of ["login", "token", "status", "logout", "doctor"]) {
  Deno.test(`${command} names the missing flag too, and exits 1`, async () => {
    await refuses(permissionFlags(), [command], /without --unstable-kv\. Fix: start it/);
    for (const [name, flag] of Object.entries(neededToStore)) {
      await refuses(["--unstable-kv", ...without(name)], [command], flag);
    }
    if (!["login", "token", "doctor"].includes(command)) return;
    await refuses(
      ["--unstable-kv", ...without("net")],
      [command],
      /without --allow-net=(backend\.test:443,)?issuer\.test:8443\. Fix: start it/,
    );
  });
}

/** What no command that opens the store can do without. */
const neededToStore = {
  ...Deno.build.os !== "windows" && { sys: /without --allow-sys=uid\. Fix: start it/ },
  read: /without --allow-read=HOME\/\.mcp-auth\/authful-mcp-proxy\. Fix: start it/,
  write: /without --allow-write=HOME\/\.mcp-auth\/authful-mcp-proxy\. Fix: start it/,
};

Deno.test("in a working copy, whose modules are read when needed, it names that to read", async () => {
  const root = join(import.meta.dirname!, "..", "..");
  for (const args of [[], ["status"]]) {
    const { code, stdout, stderr } = await start([
      "--unstable-kv",
      "--unstable-lazy-dynamic-imports",
      ...without("read"),
      "--allow-read=/elsewhere",
    ], args);
    equal(
      stderr.split(" Fix: ")[0],
      `System error: authful-mcp-proxy was started without --allow-read=${root}.`,
    );
    equal(stdout, "");
    equal(code, 1);
  }
});
