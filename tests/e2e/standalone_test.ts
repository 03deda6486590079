import assert from "node:assert/strict";
import { chmod, copyFile, mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../../scripts/build/run.ts";
import { startCompany } from "../support/company.ts";
import { hasProgram } from "../support/has_program.ts";
import { parseSystemCalls, straceFlags } from "../support/system_calls.ts";
import { doMainJob } from "./main_job.ts";

const executable = Deno.env.get("AUTHFUL_EXECUTABLE");

/** A machine on which nothing is installed but the executable, as far as a program can see. */
async function bareMachine(): Promise<
  { installed: string; cwd: string; bin: string; remove(): Promise<void> }
> {
  const directory = await Deno.makeTempDir({ prefix: "authful-bare-" });
  const [bin, cwd] = [join(directory, "bin"), join(directory, "cwd")];
  await mkdir(bin);
  await mkdir(cwd);
  await chmod(cwd, 0o555);
  // A broken file of somebody else on the way up must not matter.
  await Deno.writeTextFile(join(directory, "package.json"), "{broken");
  // All that the browser stub's script needs.
  await symlink((await run(["sh", "-c", "command -v mv"])).trim(), join(bin, "mv"));
  const installed = join(directory, "authful-mcp-proxy");
  await copyFile(executable!, installed);
  return { installed, cwd, bin, remove: () => Deno.remove(directory, { recursive: true }) };
}

Deno.test({
  name: "the executable does the main job alone, in a directory that it cannot write to " +
    "(needs AUTHFUL_EXECUTABLE)",
  ignore: !executable || Deno.build.os === "windows",
  async fn(t) {
    const machine = await bareMachine();
    try {
      await using company = await startCompany();
      const env = { PATH: `${company.browser.directory}:${machine.bin}` };
      const start = { command: [machine.installed] as [string], cwd: machine.cwd, env };
      await doMainJob(t, { company, start });
      assert.deepEqual(await Array.fromAsync(Deno.readDir(machine.cwd)), []);
    } finally {
      await machine.remove();
    }
  },
});

Deno.test({
  name: "the executable opens and reaches nothing but what it must " +
    "(needs AUTHFUL_EXECUTABLE and strace)",
  ignore: !executable || !(await hasProgram("strace")),
  async fn(t) {
    const machine = await bareMachine();
    const strace = (await run(["sh", "-c", "command -v strace"])).trim();
    const output = join(machine.cwd, "..", "trace");
    try {
      await using company = await startCompany();
      const { home, browser, provider, gateway } = company;
      const env = { PATH: `${browser.directory}:${machine.bin}` };
      const command = [strace, ...straceFlags, "-A", "-o", output, machine.installed] as const;
      await doMainJob(t, { company, start: { command: [...command], cwd: machine.cwd, env } });
      const calls = parseSystemCalls(await Deno.readTextFile(output));

      await t.step("it starts only the browser opener", () => {
        const opener = join(browser.directory, "xdg-open");
        const allowed = [machine.installed, opener, join(machine.bin, "mv")];
        assert.deepEqual(calls.started.filter((path) => !allowed.includes(path)), []);
        assert.ok(calls.started.includes(opener), "the trace has the sign-in in it");
      });

      await t.step("it opens only its own files and the system's", () => {
        const cache = join(home.path, ".mcp-auth");
        const configuration = join(home.path, ".config", "authful-mcp-proxy", "config.json");
        assert.deepEqual(
          calls.opened.filter((path) =>
            path !== configuration && !mayOpen(path, machine.installed, cache)
          ),
          [],
        );
        assert.ok(calls.opened.some((path) => path.startsWith(cache)), "the trace has the store");
      });

      await t.step("it connects only to the provider and the backend", () => {
        const ports = [new URL(provider.issuer).port, gateway.url.port];
        const allowed = ports.flatMap((port) => [`127.0.0.1:${port}`, `::1:${port}`]);
        const reached = calls.connected.filter((address) => !address.includes("nscd"));
        assert.deepEqual(reached.filter((address) => !allowed.includes(address)), []);
        assert.equal(new Set(reached.map((address) => address.split(":").at(-1))).size, 2);
      });
    } finally {
      await machine.remove();
    }
  },
});

/** Whether the executable has a reason to open a file. */
function mayOpen(path: string, installed: string, cache: string): boolean {
  return path === installed || path === cache || path.startsWith(`${cache}/`) ||
    reasons.some(([pattern]) => pattern.test(path));
}

const reasons: readonly [RegExp, string][] = [
  [/^\/(usr\/)?lib(32|64)?\//, "system libraries"],
  [/^\/etc\/ld\.so\.(cache|preload)$/, "where the loader finds them"],
  [
    /^\/etc\/(ssl|pki|ca-certificates)\/|^\/usr\/(local\/)?share\/ca-certificates\//,
    "certificates",
  ],
  [/^\/etc\/(nsswitch\.conf|host\.conf|resolv\.conf|hosts|gai\.conf)$/, "name resolution"],
  [/^\/etc\/localtime$|^\/usr\/share\/zoneinfo\//, "the time zone"],
  [/^\/proc\//, "this process and the kernel"],
  [/^\/sys\/(fs\/cgroup|devices\/system\/cpu|kernel\/mm)\b/, "processors and memory limits"],
  [/^\/dev\/(null|u?random)$/, "random numbers, and nothing"],
];
