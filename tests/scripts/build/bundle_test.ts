import assert from "node:assert/strict";
import { basename, join, resolve } from "node:path";
import { bundle } from "../../../scripts/build/bundle.ts";

const root = resolve(import.meta.dirname!, "../../..");

/** What a chunk imports as soon as it is loaded. */
function staticImports(text: string): string[] {
  return [...text.matchAll(/\b(?:from|import)\s*"([^"]+)"/g)].map((match) => match[1]);
}

Deno.test("an ordinary start of the bundle loads none of Node's built-ins", async () => {
  const to = await Deno.makeTempDir();
  try {
    const chunks = await bundle(root, { to });
    const bridge = chunks.find((path) => basename(path).startsWith("run_proxy"));
    assert(bridge, "the bridge is a chunk of its own");
    const loaded = new Set<string>();
    const waiting = [join(to, "main.js"), bridge];
    for (const path of waiting) {
      if (loaded.has(path)) continue;
      loaded.add(path);
      for (const specifier of staticImports(await Deno.readTextFile(path))) {
        assert.match(specifier, /^\.\//, `${basename(path)} imports ${specifier}`);
        waiting.push(join(to, specifier));
      }
    }
  } finally {
    await Deno.remove(to, { recursive: true });
  }
});
