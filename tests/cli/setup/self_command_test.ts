import assert from "node:assert/strict";
import { join } from "node:path";
import { hasProgram } from "../../support/has_program.ts";
import { lastingCommand, selfCommand } from "../../../src/cli/setup/self_command.ts";

const npx = "/home/ada/.npm/_npx/3f1a/node_modules/@authful/mcp-proxy-linux-x64/authful-mcp-proxy";
const npxOnWindows =
  "C:\\Users\\ada\\AppData\\Local\\npm-cache\\_npx\\3f1a\\node_modules\\p\\authful-mcp-proxy.exe";
const brew = "/home/linuxbrew/.linuxbrew/Cellar/authful-mcp-proxy/0.1.0/bin/authful-mcp-proxy";

Deno.test("setup names a command that outlives caches and updates", () => {
  const npxArgs = ["-y", "authful-mcp-proxy"];
  assert.deepEqual(lastingCommand(npx, { os: "linux" }), { command: "npx", args: npxArgs });
  assert.deepEqual(lastingCommand(npxOnWindows, { os: "windows" }), {
    command: "cmd",
    args: ["/c", "npx", ...npxArgs],
  });
  assert.deepEqual(lastingCommand(brew, { os: "linux" }), {
    command: "/home/linuxbrew/.linuxbrew/opt/authful-mcp-proxy/bin/authful-mcp-proxy",
    args: [],
  });
});

Deno.test("this program is started as it runs: as an executable, or by Deno", () => {
  const running = {
    standalone: true,
    command: npx,
    os: "linux",
    env: (name: string) => name === "HOME" ? "/home/ada" : undefined,
    main: new URL("file:///opt/a%20b/main.ts"),
  };
  assert.deepEqual(selfCommand(running), lastingCommand(npx, { os: "linux", home: "/home/ada" }));
  const onWindows = {
    ...{ ...running, os: "windows", command: npxOnWindows },
    env: (name: string) => name === "USERPROFILE" ? "C:\\Users\\ada" : undefined,
  };
  assert.deepEqual(
    selfCommand(onWindows),
    lastingCommand(npxOnWindows, { os: "windows", home: "C:\\Users\\ada" }),
  );
  const deno = ["run", "--quiet", "--allow-all", "--unstable-kv"];
  const byDeno = { ...running, standalone: false, command: "/usr/bin/deno" };
  if (Deno.build.os !== "windows") {
    assert.deepEqual(selfCommand(byDeno), {
      command: "/usr/bin/deno",
      args: [...deno, "/opt/a b/main.ts"],
    });
  }
  assert.deepEqual(selfCommand({ ...byDeno, main: new URL("https://a.test/x/main.ts") }).args, [
    ...deno,
    "https://a.test/x/main.ts",
  ]);
  // The tests run it by Deno.
  const { command, args } = selfCommand();
  assert.equal(command, Deno.execPath());
  assert.deepEqual(args.slice(0, -1), deno);
  assert.ok(Deno.statSync(args.at(-1)!).isFile);
  assert.match(args.at(-1)!, /[/\\]main\.ts$/);
});

Deno.test("npx is kept from the directory that a client starts it in", () => {
  assert.deepEqual(lastingCommand(npx, { os: "linux", home: "/home/ada" }), {
    command: "npx",
    args: ["-y", "--prefix", "/home/ada", "authful-mcp-proxy"],
  });
  assert.deepEqual(lastingCommand(npxOnWindows, { os: "windows", home: "C:\\Users\\Ada L" }), {
    command: "cmd",
    args: ["/c", "npx", "-y", "--prefix", "C:\\Users\\Ada L", "authful-mcp-proxy"],
  });
});

/** Whether there is an npx to be asked. */
const hasNpx = await hasProgram("npx");

Deno.test({
  name: "npx as setup writes it runs nothing that a repository has under this name",
  ignore: !hasNpx || Deno.build.os === "windows",
  async fn() {
    const home = await Deno.makeTempDir();
    const repository = await Deno.makeTempDir();
    try {
      const bin = join(repository, "node_modules", ".bin");
      await Deno.mkdir(bin, { recursive: true });
      const script = `#!/bin/sh\necho hostile\n`;
      await Deno.writeTextFile(join(bin, "authful-mcp-proxy"), script, { mode: 0o755 });
      const run = async (args: readonly string[]) => {
        const { stdout, stderr } = await new Deno.Command("npx", {
          // Without a network: what is not here is not to be had.
          args: [...args, "--version"],
          cwd: repository,
          env: { HOME: home, npm_config_offline: "true", npm_config_cache: join(home, "cache") },
        }).output();
        return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
      };
      assert.match(await run(["-y", "authful-mcp-proxy"]), /^hostile$/m);
      assert.doesNotMatch(await run(lastingCommand(npx, { os: "linux", home }).args), /hostile/);
    } finally {
      await Deno.remove(home, { recursive: true });
      await Deno.remove(repository, { recursive: true });
    }
  },
});

Deno.test("setup names an installed executable by its path", () => {
  for (
    const path of [
      "/usr/local/bin/authful-mcp-proxy",
      "/usr/lib/node_modules/authful-mcp-proxy/node_modules/@authful/x/authful-mcp-proxy",
      "C:\\Program Files\\authful-mcp-proxy.exe",
      "/opt/Cellar/authful-mcp-proxy/0.1.0/bin/other/authful-mcp-proxy",
    ]
  ) assert.deepEqual(lastingCommand(path, { os: "linux" }), { command: path, args: [] });
});

Deno.test("setup knows what an executable perishes with", () => {
  const inside = "lib/node_modules/authful-mcp-proxy/node_modules/@authful/x/bin/authful-mcp-proxy";
  const perishing: [path: string, owner: string][] = [
    [`/home/ada/.nvm/versions/node/v22.3.0/${inside}`, "Node.js 22.3.0 of nvm"],
    [
      "C:\\Users\\ada\\AppData\\Roaming\\nvm\\v22.3.0\\node_modules\\x\\authful-mcp-proxy.exe",
      "Node.js 22.3.0 of nvm",
    ],
    [
      `/home/ada/.local/share/fnm/node-versions/v22.3.0/installation/${inside}`,
      "Node.js 22.3.0 of fnm",
    ],
    [`/home/ada/.volta/tools/image/node/22.3.0/${inside}`, "Node.js 22.3.0 of Volta"],
    [
      "C:\\Users\\ada\\AppData\\Roaming\\NVM\\v22.3.0\\node_modules\\x\\authful-mcp-proxy.exe",
      "Node.js 22.3.0 of nvm",
    ],
    [
      "C:\\Users\\ada\\AppData\\Local\\Volta\\tools\\image\\node\\22.3.0-v8\\node_modules\\x.exe",
      "Node.js 22.3.0-v8 of Volta",
    ],
    [`/home/ada/.asdf/installs/nodejs/22.3.0/${inside}`, "Node.js 22.3.0 of asdf"],
    [`/home/ada/.local/share/mise/installs/node/22.3.0/${inside}`, "Node.js 22.3.0 of mise"],
    [`/home/ada/.nodenv/versions/22.3.0/${inside}`, "Node.js 22.3.0 of nodenv"],
    [
      "/home/ada/.local/share/pnpm/global/5/.pnpm/@authful+mcp-proxy-linux-x64@0.1.0/node_modules/x/p",
      "@authful/mcp-proxy-linux-x64@0.1.0 of pnpm",
    ],
  ];
  for (const [path, perishesWith] of perishing) {
    assert.deepEqual(lastingCommand(path, { os: "linux" }), {
      command: path,
      args: [],
      perishesWith,
    });
  }
  for (
    const path of [
      // Where Volta keeps it, whatever version of Node is the default.
      `/home/ada/.volta/tools/image/packages/authful-mcp-proxy/${inside}`,
      `/opt/homebrew/${inside}`,
      `/home/ada/.npm-global/${inside}`,
    ]
  ) assert.equal(lastingCommand(path, { os: "linux" }).perishesWith, undefined, path);
});
