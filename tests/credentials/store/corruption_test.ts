import { surviveDamage } from "./corruption.ts";

// The whole, 200 of them, is in `tests/long`; here another sample every day.
const count = 20;
const first = 1 + (Math.floor(Date.now() / 86_400_000) % 10) * count;

Deno.test(`damage at random places is survived: seeds ${first} to ${first + count - 1}`, () =>
  surviveDamage(first, count));
