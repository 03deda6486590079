import { equal, match } from "node:assert/strict";
import { join } from "node:path";

const scripts = join(import.meta.dirname!, "..", "..", "scripts");

/** Starts a script with wrong arguments, which end it before it does anything. */
async function start(script: string, ...args: string[]): Promise<{ code: number; said: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "-A", join(scripts, script), ...args],
    stdin: "null",
  }).output();
  equal(stdout.length, 0);
  return { code, said: new TextDecoder().decode(stderr) };
}

const wrong: Record<string, string[]> = {
  "npm.ts": ["--nope"],
  "release.ts": ["--dry-run", "--tag", "v1.0.0", "--executables", "there"],
  "publish.ts": ["nowhere"],
  "sign.ts": ["one", "two"],
  "smoke_test.ts": ["one", "two"],
  "test_executable.ts": ["--nope"],
  "test_loaded.ts": ["--times", "often", "tests/base/timer_test.ts"],
  "verify_tag.ts": [],
};

for (const [script, args] of Object.entries(wrong)) {
  Deno.test(`scripts/${script} says how it is called, and exits 2`, async () => {
    const { code, said } = await start(script, ...args);
    match(said, /^Usage: deno task \S+/m);
    equal(said.includes("    at "), false, said);
    equal(code, 2);
  });
}
