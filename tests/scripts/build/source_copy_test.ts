import { equal, ok, throws } from "node:assert/strict";
import { join } from "node:path";
import { copySource, withBuildInfo } from "../../../scripts/build/source_copy.ts";

const root = join(import.meta.dirname!, "..", "..", "..");

Deno.test("a source copy says which commit and target it is built for", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const buildInfo = { channel: "executable", commit: "c0ffee", target: "a-b-c" } as const;
    await copySource(root, { to: directory, buildInfo });
    const copy = await import(`file://${join(directory, "src", "base", "build_info.ts")}`);
    equal(JSON.stringify(copy.buildInfo), JSON.stringify(buildInfo));
    ok((await Deno.stat(join(directory, "deno.lock"))).isFile);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("a build_info.ts of another shape stops the build", () => {
  throws(() => withBuildInfo("export const other = 1;\n", { channel: "jsr" }), /no one-line/);
});
