import { deepEqual } from "node:assert/strict";
import { run } from "../../scripts/build/run.ts";

const module = new URL("../../src/platform/drop_permissions.ts", import.meta.url).href;

/** The permissions that are left in a process that gave up what it does not need. */
async function left(needs: { keychain: boolean; browser: boolean }): Promise<string[]> {
  const code = `import { dropPermissions } from ${JSON.stringify(module)};
    dropPermissions(${JSON.stringify(needs)});
    const granted = ["ffi", "run", "net"]
      .filter((name) => Deno.permissions.querySync({ name }).state === "granted");
    console.log(JSON.stringify(granted));`;
  const path = await Deno.makeTempFile({ suffix: ".js" });
  try {
    await Deno.writeTextFile(path, code);
    const permissions = ["--allow-ffi", "--allow-run", "--allow-net"];
    return JSON.parse(await run([Deno.execPath(), "run", "--no-prompt", ...permissions, path]));
  } finally {
    await Deno.remove(path);
  }
}

Deno.test("native code and other programs are given up unless a setting needs them", async () => {
  deepEqual(await left({ keychain: false, browser: false }), ["net"]);
  deepEqual(await left({ keychain: true, browser: false }), ["ffi", "net"]);
  deepEqual(await left({ keychain: false, browser: true }), ["run", "net"]);
});
