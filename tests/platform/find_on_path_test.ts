import assert from "node:assert/strict";
import { join } from "node:path";
import { findOnPath } from "../../src/platform/find_on_path.ts";

Deno.test({
  name: "findOnPath finds executables only, in the order of PATH",
  ignore: Deno.build.os === "windows",
  async fn() {
    const root = await Deno.makeTempDir();
    try {
      const [first, second] = [join(root, "first"), join(root, "second")];
      await Deno.mkdir(join(first, "tool"), { recursive: true });
      await Deno.mkdir(second);
      await Deno.writeTextFile(join(first, "plain"), "", { mode: 0o644 });
      for (const name of ["tool", "plain"]) {
        await Deno.writeTextFile(join(second, name), "", { mode: 0o755 });
      }
      const env = (name: string) => name === "PATH" ? `:${first}:${second}` : undefined;
      assert.equal(await findOnPath("tool", { env }), join(second, "tool"));
      assert.equal(await findOnPath("plain", { env }), join(second, "plain"));
      assert.equal(await findOnPath("absent", { env }), undefined);
      assert.equal(await findOnPath("tool", { env: () => undefined }), undefined);
    } finally {
      await Deno.remove(root, { recursive: true });
    }
  },
});
