import assert from "node:assert/strict";

/**
 * Asserts that stores survive being damaged at random places, as so many seeds decide. In processes
 * of their own: what a damaged database does to Deno KV ends the whole process.
 */
export async function surviveDamage(first: number, count: number): Promise<void> {
  const script = new URL("corrupted_store.ts", import.meta.url).href;
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--unstable-kv", script, String(first), String(count)],
    signal: AbortSignal.timeout(240_000),
  }).output();
  const [said, failed] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  assert.match(said, new RegExp(`^${count} survived$`, "m"), failed);
}
