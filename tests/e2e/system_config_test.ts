import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { createHome } from "../support/home.ts";
import {
  canManageMachine,
  createManagedMachine,
  type MachineUser,
  systemFile,
} from "../support/managed_machine.ts";
import { runProgram } from "../support/program.ts";
import { programCommand } from "../support/program_command.ts";

const managed = { ignore: !canManageMachine };

async function run(user: MachineUser, args: string[], env: Record<string, string> = {}) {
  return await runProgram(await user.settings({ args, env }));
}

const tools = { backendUrl: "https://mcp.company.com/mcp", oidcClientId: "company" };

Deno.test({
  name: "two users have the administrator's servers, and their own of a name hides it for one only",
  ...managed,
  async fn() {
    await using machine = await createManagedMachine();
    await machine.writeSystemFile({ servers: { tools } });
    const [ada, bob] = [await machine.addUser(), await machine.addUser()];
    await ada.write(
      ".config/authful-mcp-proxy/config.json",
      '{"servers":{"tools":{"backendUrl":"https://own.test/mcp"}}}',
    );
    const listed = async (user: MachineUser) => {
      const { code, stdout, stderr } = await run(user, ["servers", "--json"]);
      assert.equal(code, 0, stderr);
      return JSON.parse(stdout).servers.map((server: Record<string, unknown>) => [
        server.name,
        server.backendUrl,
        (server.settings as { in: string }).in,
        server.hiddenBy,
      ]);
    };
    assert.deepEqual(await listed(bob), [
      ["tools", "https://mcp.company.com/mcp", "system file", undefined],
    ]);
    assert.deepEqual(await listed(ada), [
      ["tools", "https://own.test/mcp", "config file", undefined],
      [
        "tools",
        "https://mcp.company.com/mcp",
        "system file",
        `${ada.home}/.config/authful-mcp-proxy/config.json`,
      ],
    ]);
    const { stdout } = await run(ada, ["servers"]);
    assert.match(stdout.replaceAll(/\s+/g, " "), /hidden by your own server/);
  },
});

Deno.test({
  name: "a lock holds for every user, and the error names the policy file",
  ...managed,
  async fn() {
    await using machine = await createManagedMachine();
    await machine.writeSystemFile({
      servers: { tools },
      locked: { credentialEncryption: "file", allowHttp: false },
      allowedBackends: ["https://*.company.com"],
      allowedIssuers: ["https://auth.company.com"],
    });
    const user = await machine.addUser();
    const refused = async (args: string[], env: Record<string, string> = {}) => {
      const { code, stdout, stderr } = await run(user, args, env);
      assert.deepEqual([code, stdout], [1, ""], stderr);
      assert.ok(stderr.includes(systemFile), stderr);
      return stderr;
    };
    const issuer = { OIDC_ISSUER_URL: "https://auth.company.com" };
    assert.match(
      await refused(["tools"], { ...issuer, MCP_PROXY_CREDENTIAL_ENCRYPTION: "none" }),
      /MCP_PROXY_CREDENTIAL_ENCRYPTION is set to "none"/,
    );
    assert.match(await refused(["tools", "--allow-http"], issuer), /--allow-http is set to "true"/);
    assert.match(await refused(["https://evil.test/mcp"], issuer), /the backend https:\/\/evil/);
    assert.match(
      await refused(["tools", "--oidc-issuer-url", "https://evil.test"]),
      /the provider https:\/\/evil/,
    );
    const { stdout } = await run(user, ["doctor", "https://evil.test/mcp", "--json"], issuer);
    const { findings } = JSON.parse(stdout);
    assert.match(findings[0].found, /the backend https:\/\/evil\.test\/mcp is none that/);
  },
});

Deno.test({
  name: "setup gives a client the administrator's server by name, and copies nothing of it",
  ...managed,
  async fn() {
    await using machine = await createManagedMachine();
    await machine.writeSystemFile({ servers: { tools } });
    const user = await machine.addUser();
    const quick = ["--client", "cursor", "--yes", "--no-check", "--no-login"];
    const { code, stderr } = await run(user, ["setup", "tools", ...quick]);
    assert.equal(code, 0, stderr);
    const own = `${user.home}/.config/authful-mcp-proxy/config.json`;
    await assert.rejects(Deno.stat(own), Deno.errors.NotFound);
    const cursor = JSON.parse(await Deno.readTextFile(`${user.home}/.cursor/mcp.json`));
    assert.equal(cursor.mcpServers.tools.args.at(-1), "tools");
    assert.deepEqual(cursor.mcpServers.tools.env, {});
    const again = await run(user, ["setup", "tools", ...quick, "--login-timeout", "60"]);
    assert.equal(again.code, 0, again.stderr);
    assert.deepEqual(JSON.parse(await Deno.readTextFile(own)).servers.tools, {
      ...tools,
      loginTimeout: 60,
    }, "what differs makes a server of the person's own, which needs all of it");
  },
});

Deno.test({
  name: "a machine that nobody manages pays one look for the administrator's file, and no process",
  ignore: !canManageMachine || spawnSync("strace", ["-V"]).status !== 0,
  async fn() {
    await using home = await createHome();
    const { command, args, env } = await programCommand({ home: home.path, args: ["tools"] });
    const trace = join(home.path, "trace");
    const strace = ["-f", "-qq", "-e", "trace=execve,file", "-o", trace, command, ...args];
    await new Deno.Command("strace", { args: strace, env, clearEnv: true, stdin: "null" }).output();
    const calls = (await Deno.readTextFile(trace)).split("\n");
    const looks = calls.filter((call) => call.includes('"/etc/authful-mcp-proxy'));
    assert.equal(looks.length, 1, looks.join("\n"));
    assert.equal(calls.filter((call) => / execve\(.*= 0$/.test(call)).length, 1);
  },
});

const faults: [name: string, fault: (path: string) => Promise<void>, told: RegExp][] = [
  ["that another user owns", (path) => Deno.chown(path, 70_000, 0), /config\.json belongs to user/],
  ["that a group may write", (path) => Deno.chmod(path, 0o664), /can be written by its group/],
  [
    "in a directory that everybody may write",
    (path) => Deno.chmod(path.replace(/\/[^/]+$/, ""), 0o1777),
    /\/etc\/authful-mcp-proxy can be written by its group and everybody/,
  ],
  [
    "that is a link",
    async (path) => {
      await Deno.rename(path, `${path}.real`);
      await Deno.symlink(`${path}.real`, path);
    },
    /config\.json is a symbolic link/,
  ],
  [
    "in a directory that users may not look into",
    (path) => Deno.chmod(path.replace(/\/[^/]+$/, ""), 0o700),
    /cannot be read: .*Permission denied.*Fix: let every user read it/,
  ],
  [
    "that is a pipe",
    async (path) => {
      await Deno.remove(path);
      await new Deno.Command("mkfifo", { args: ["-m", "644", path] }).output();
    },
    /cannot be read: .*is a pipe, not a file/,
  ],
];
for (const [name, fault, told] of faults) {
  Deno.test({
    name: `a system file ${name} ends the program instead of being left out`,
    ...managed,
    async fn() {
      await using machine = await createManagedMachine();
      await machine.writeSystemFile({ servers: { tools } });
      await fault(machine.path(systemFile));
      const user = await machine.addUser();
      const { code, stderr } = await run(user, ["servers"]);
      assert.equal(code, 1, stderr);
      assert.match(stderr, told);
      assert.match(stderr, /^Configuration error: the configuration file \/etc\/.*Fix: /m);
    },
  });
}
