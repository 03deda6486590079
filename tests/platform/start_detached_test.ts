import assert from "node:assert/strict";
import { join } from "node:path";
import { within } from "../support/within.ts";
import { startDetached } from "../../src/platform/start_detached.ts";

Deno.test({
  name: "a process that goes on behind this one gets none of our variables but those it needs",
  ignore: Deno.build.os === "windows",
  async fn() {
    const directory = await Deno.makeTempDir();
    const name = "OIDC_CLIENT_SECRET";
    const before = Deno.env.get(name);
    Deno.env.set(name, "secret-in-the-environment");
    try {
      const script = `env > env.txt; pwd > cwd.txt; printf '%s' "$1" > argument.txt`;
      // It keeps nobody running, so that something else must.
      const ended = startDetached({ command: "/bin/sh", args: ["-c", script, "sh", "a b"] }, {
        cwd: directory,
      });
      await within(ended, { what: "the end of the process" });
      const written = (file: string) => Deno.readTextFileSync(join(directory, file));
      const names = written("env.txt").split("\n").map((line) => line.split("=")[0]);
      assert.ok(names.includes("PATH"));
      assert.ok(!names.includes(name));
      assert.doesNotMatch(written("env.txt"), /secret-in-the-environment/);
      assert.equal(written("cwd.txt").trim(), await Deno.realPath(directory));
      assert.equal(written("argument.txt"), "a b");
    } finally {
      if (before === undefined) Deno.env.delete(name);
      else Deno.env.set(name, before);
      await Deno.remove(directory, { recursive: true });
    }
  },
});
