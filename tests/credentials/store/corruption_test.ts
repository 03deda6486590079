import assert from "node:assert/strict";

// In processes of their own: what a damaged database does to Deno KV ends the whole process.
for (const first of [1, 101]) {
  Deno.test(`damage at random places is survived: seeds ${first} to ${first + 99}`, async () => {
    const script = new URL("corrupted_store.ts", import.meta.url).href;
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", "--unstable-kv", script, String(first), "100"],
    }).output();
    const [said, failed] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    assert.match(said, /^100 survived$/m, failed);
  });
}
