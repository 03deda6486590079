import assert from "node:assert/strict";
import { join } from "node:path";
import { ProxyError } from "../../src/base/errors.ts";
import { systemConfigPath } from "../../src/settings/config_file.ts";
import { readSystemDocument } from "../../src/settings/system_config.ts";
import { withLstat } from "./with_lstat.ts";

Deno.test("the system file lies where only an administrator can write, on every platform", () => {
  const at = (os: string, env: Record<string, string> = {}) =>
    systemConfigPath({ os, env: (name) => env[name] });
  assert.equal(at("linux"), "/etc/authful-mcp-proxy/config.json");
  assert.equal(at("darwin"), "/Library/Application Support/authful-mcp-proxy/config.json");
  const program = "authful-mcp-proxy\\config.json";
  assert.equal(at("windows"), `C:\\Program Files\\${program}`);
  assert.equal(at("windows", { ProgramFiles: "D:\\Programme" }), `D:\\Programme\\${program}`);
  assert.equal(at("windows", { ProgramFiles: "D:\\Programme\\" }), `D:\\Programme\\${program}`);
  assert.equal(
    at("windows", { ProgramFiles: "relative" }),
    `C:\\Program Files\\${program}`,
    "it would depend on where a client starts the program",
  );
  assert.equal(at("windows", { ProgramFiles: "xC:\\Programme" }), `C:\\Program Files\\${program}`);
});

Deno.test({
  name: "a system file that others than root could change is not used",
  ignore: Deno.build.os === "windows",
  async fn() {
    // Everybody can write to the directory for temporary files.
    const path = await Deno.makeTempFile();
    try {
      await assert.rejects(readSystemDocument(path, { os: "linux" }), {
        reason: "unprotected_config_file",
      });
    } finally {
      await Deno.remove(path);
    }
  },
});

/** What the file system says of what only root can change. */
const ofRoot = { isSymlink: false, mode: 0o100644, uid: 0 };

interface Given {
  os?: string;
  lstat?: Parameters<typeof withLstat>[0];
}

/** Reads a system file with this content, in a directory with a quote in its name. */
async function readSystem(
  content: string,
  use: (read: () => ReturnType<typeof readSystemDocument>, path: string) => Promise<void>,
  { os = "linux", lstat = () => ofRoot }: Given = {},
): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    const path = join(directory, "it's", "config.json");
    await Deno.mkdir(join(directory, "it's"));
    await Deno.writeTextFile(path, content);
    await withLstat(lstat, () => use(() => readSystemDocument(path, { os }), path));
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function refusal(read: () => Promise<unknown>) {
  try {
    await read();
  } catch (error) {
    assert.ok(error instanceof ProxyError, String(error));
    assert.equal(error.category, "Configuration error");
    return { what: error.what, fix: error.fix, reason: error.reason };
  }
  throw new assert.AssertionError({ message: "nothing was refused" });
}

Deno.test("a system file has settings, locks and what is allowed", async () => {
  const content = JSON.stringify({
    defaults: { loginTimeout: 7 },
    servers: { tools: { backendUrl: "https://mcp.company.com/" } },
    locked: { allowHttp: false, browser: null, oidcScopes: ["a", "b"] },
    allowedBackends: ["https://*.company.com", "https://b.test"],
    allowedIssuers: [],
  });
  await readSystem(content, async (read, path) => {
    const { policy, ...file } = await read();
    assert.deepEqual(file, {
      path,
      defaults: { loginTimeout: "7" },
      servers: { tools: { backendUrl: "https://mcp.company.com/" } },
    });
    assert.deepEqual(policy.locked, { allowHttp: "false", browser: null, oidcScopes: "a\nb" });
    assert.deepEqual(policy.allowedBackends?.map(({ text }) => text), [
      "https://*.company.com",
      "https://b.test",
    ]);
    assert.deepEqual(policy.allowedIssuers, []);
  });
  await readSystem("{}", async (read) => {
    assert.deepEqual((await read()).policy, {
      locked: {},
      allowedBackends: undefined,
      allowedIssuers: undefined,
    });
  });
});

Deno.test("on Windows nobody asks who owns a system file", async () => {
  const lstat = () => assert.fail("it was asked");
  await readSystem("{}", async (read) => assert.ok(await read()), { os: "windows", lstat });
});

const broken: [content: unknown, what: string, fix?: string][] = [
  [
    { allowed: [] },
    'has "allowed"; only "defaults", "servers", "locked", "allowedBackends" and "allowedIssuers" ' +
    "are known",
  ],
  [{ locked: [] }, 'is not understood: "locked" must be an object'],
  [{ locked: { xyzzy: null } }, 'has the unknown setting "xyzzy" in "locked"'],
  [{ locked: { profile: {} } }, 'has a value for "locked.profile" that is no text or number'],
  [{ allowedBackends: "x" }, 'is not understood: "allowedBackends" must be a list'],
  [{ allowedIssuers: null }, 'is not understood: "allowedIssuers" must be a list'],
  [
    { allowedIssuers: ["https://a.test", 1] },
    'has 1 in "allowedIssuers", which is no pattern',
    'use the form "https://mcp.company.com" or "https://*.company.com/mcp/*"',
  ],
  [
    { allowedBackends: ["company.com"] },
    'has "company.com" in "allowedBackends", which is no pattern',
    'use the form "https://mcp.company.com" or "https://*.company.com/mcp/*"',
  ],
];
for (const [content, what, fix = "correct the file"] of broken) {
  Deno.test(`a system file ${what}`, async () => {
    await readSystem(JSON.stringify(content), async (read, path) => {
      assert.deepEqual(await refusal(read), {
        what: `the configuration file ${path} ${what}`,
        fix: `${fix}, or see docs/settings.md`,
        reason: "invalid_config_file",
      });
    });
  });
}

Deno.test("what others than root could change is named, with the command that mends it", async () => {
  const rows: [about: string, info: Partial<typeof ofRoot>, why: string, command: string][] = [
    ["it's", { mode: 0o040775 }, "can be written by its group", "chown"],
    ["config.json", { uid: 1000 }, "belongs to user 1000, and not to root", "chown"],
    ["config.json", { isSymlink: true }, "is a symbolic link", "install"],
  ];
  for (const [name, info, why, command] of rows) {
    const lstat = (path: string) => path.endsWith(name) ? { ...ofRoot, ...info } : ofRoot;
    await readSystem("{}", async (read, path) => {
      const at = path.slice(0, path.indexOf(name) + name.length);
      const quoted = `'${at.replace("it's", "it'\\''s")}'`;
      assert.deepEqual(await refusal(read), {
        what:
          `the configuration file ${path} is not used: ${at} ${why}, so that others than root ` +
          "could change it",
        fix: (command === "install"
          ? `run install -D -o root -m 644 FILE '${path}' in place of the link`
          : `run chown root ${quoted} && chmod go-w ${quoted} as root`) +
          ", or see docs/settings.md",
        reason: "unprotected_config_file",
      });
    }, { lstat });
  }
});

Deno.test("the uppermost directory that others could change is the one that is named", async () => {
  const lstat = () => ({ ...ofRoot, uid: 7 });
  await readSystem("{}", async (read) => {
    assert.match((await refusal(read)).what, /is not used: \/ belongs to user 7, and not to root/);
  }, { lstat });
});

const unreadable = "let every user read it and every directory above it, or see docs/settings.md";

Deno.test("a system file that cannot be read is told as one", async () => {
  const lstat = () => {
    throw new Deno.errors.PermissionDenied("Permission denied");
  };
  await readSystem("{}", async (read, path) => {
    assert.deepEqual(await refusal(read), {
      what: `the configuration file ${path} cannot be read: Permission denied`,
      fix: unreadable,
      reason: "invalid_config_file",
    });
  }, { lstat });
});

Deno.test("a system file has 4 MiB at most, and is no pipe", async () => {
  const whole = "{}".padEnd(4 << 20);
  await readSystem(whole, async (read, path) => {
    assert.ok(await read());
    await Deno.writeTextFile(path, `${whole} `);
    assert.deepEqual(await refusal(read), {
      what: `the configuration file ${path} cannot be read: ${path} is longer than 4194304 bytes`,
      fix: unreadable,
      reason: "invalid_config_file",
    });
    if (Deno.build.os === "windows") return;
    await Deno.remove(path);
    assert.ok((await new Deno.Command("mkfifo", { args: [path] }).output()).success);
    assert.match((await refusal(read)).what, /config\.json is a pipe, not a file$/);
  });
});
