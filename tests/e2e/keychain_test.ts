import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { startCompany } from "../support/company.ts";
import { hasProgram } from "../support/has_program.ts";
import { doMainJob } from "./main_job.ts";

const executable = Deno.env.get("AUTHFUL_EXECUTABLE");
const programs = ["dbus-run-session", "gnome-keyring-daemon"];
const there = (await Promise.all(programs.map(hasProgram))).every(Boolean);

Deno.test({
  name: "the executable keeps its key in the keychain, and leaves no native code behind " +
    "(needs AUTHFUL_EXECUTABLE, dbus-run-session and gnome-keyring-daemon)",
  ignore: !executable || !there,
  async fn(t) {
    await using company = await startCompany();
    const home = company.home.path;
    const temporary = join(home, "tmp");
    // A session bus and a keyring of their own, under the test's home: nobody's is touched.
    for (const directory of [".cache", ".local/share", "tmp"]) {
      await mkdir(join(home, directory), { recursive: true });
    }
    const unlock = "printf secret | gnome-keyring-daemon --unlock --components=secrets > /dev/null";
    const command = ["dbus-run-session", "--", "sh", "-c", `${unlock} && "$@"`, "sh", executable!];
    const env = {
      XDG_RUNTIME_DIR: home,
      TMPDIR: temporary,
      MCP_PROXY_CREDENTIAL_ENCRYPTION: "keychain",
    };
    await doMainJob(t, { company, start: { command: command as [string, ...string[]], env } });

    const stored = (await Array.fromAsync(
      Deno.readDir(join(home, ".mcp-auth", "authful-mcp-proxy")),
    )).map(({ name }) => name);
    assert.ok(stored.includes("cache.db"), stored.join());
    assert.ok(!stored.includes("cache.key"), "the key is not in a file");
    const left = (await Array.fromAsync(Deno.readDir(temporary))).map(({ name }) => name);
    assert.deepEqual(left.filter((name) => !name.startsWith("dbus-")), []);
  },
});
