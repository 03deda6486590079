import { surviveDamage } from "../../credentials/store/corruption.ts";

for (const first of [1, 101]) {
  Deno.test(`damage at random places is survived: seeds ${first} to ${first + 99}`, () =>
    surviveDamage(first, 100));
}
