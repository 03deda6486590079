import assert from "node:assert/strict";
import { asking } from "../credentials/room.ts";
import { within } from "../support/within.ts";
import { initialize, MemoryRoom, recalled, tools } from "./memory_room.ts";

async function note(cacheDir: string, author: number, rounds: number): Promise<void> {
  const script = new URL("noting_process.ts", import.meta.url).href;
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "--no-check", "--unstable-kv", script],
      ...[cacheDir, String(author), String(rounds)],
    ],
    signal: AbortSignal.timeout(120_000),
  }).output();
  const [said, failed] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  assert.equal(said, "whole\n", failed);
}

Deno.test("of processes that write at once, the last one wins, and nobody finds a mixture", async () => {
  await using room = new MemoryRoom();
  await room.source().current(asking());
  await room.closeAll();
  const authors = [1, 2, 3, 4];
  await within(Promise.all(authors.map((author) => note(room.cacheDir, author, 25))), {
    patience: 150_000,
    what: "the end of all processes",
  });
  const memory = room.memory(room.source());
  const [first] = (await recalled(memory, tools()))?.split("\n") ?? [];
  assert.match(first, /^[1-4] 24$/);
  assert.equal((await recalled(memory, tools("2")))?.split("\n")[0], first, "pages of one author");
  assert.match(await recalled(memory, initialize) ?? "", /^[1-4] 24\n/);
  assert.equal(room.files().length, 4, "one file for each answer, and nothing half written");
});
