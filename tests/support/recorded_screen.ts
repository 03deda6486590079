import assert from "node:assert/strict";

const folder = new URL("../e2e/commands/screens/", import.meta.url);

/** Compares a screen with the one that is recorded; `deno task screens` records it anew. */
export async function compareWithRecorded(file: string, text: string): Promise<void> {
  const path = new URL(file, folder);
  if (Deno.env.get("AUTHFUL_UPDATE_FIXTURES")) {
    await Deno.mkdir(folder, { recursive: true });
    await Deno.writeTextFile(path, text);
  }
  assert.equal(text, await Deno.readTextFile(path));
}
