/**
 * Damages a store at random, seed by seed, and uses it: run as a process of its own, because a
 * database that goes unchecked takes the process down. Arguments: the first seed, how many.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { asking, background, Room } from "../room.ts";

/** Numbers from 0 to 1 that the seed decides (mulberry32). */
export function randomNumbers(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

async function damage(path: string, random: () => number): Promise<string> {
  const bytes = await Deno.readFile(path);
  const offset = Math.floor(random() * bytes.length);
  if (random() < 0.2) {
    await Deno.writeFile(path, bytes.subarray(0, offset));
    return `truncated at ${offset}`;
  }
  const length = Math.min(1 + Math.floor(random() * 64), bytes.length - offset);
  for (let at = 0; at < length; at++) bytes[offset + at] = Math.floor(random() * 256);
  await Deno.writeFile(path, bytes);
  return `${length} bytes at ${offset}`;
}

async function tryOne(seed: number): Promise<void> {
  await using room = new Room();
  await Promise.all(
    ["a", "b", "c"].map((profile) => room.source({ profile }).current(asking())),
  );
  await room.closeAll();
  const random = randomNumbers(seed);
  const file = random() < 0.9 ? "cache.db" : "cache.key";
  const what = `seed ${seed}: ${file} ${await damage(join(room.cacheDir, file), random)}`;
  const got = await room.source({ profile: "b" }).current(asking());
  assert.match(got.accessToken, /^access-\d$/, what);
  await room.closeAll();
  const again = await room.source({ profile: "b" }).current(background());
  assert.equal(again.accessToken, got.accessToken, what);
}

if (import.meta.main) {
  const [first, count] = Deno.args.map(Number);
  for (let seed = first; seed < first + count; seed++) {
    await tryOne(seed).catch((error) => {
      throw new Error(`seed ${seed}`, { cause: error });
    });
  }
  console.log(`${count} survived`);
}
