import assert from "node:assert/strict";
import { echoWithin, refreshes, shareSignIn, sideOf } from "../../e2e/mixed_versions.ts";
import { frozenVersions } from "../../support/frozen_versions.ts";

const duration = 40_000;
const lifetime = 5;

for (const version of frozenVersions) {
  Deno.test(`four programs of ${version.version} and four of today share 5-second tokens for 40 s`, () =>
    shareSignIn(sideOf(version), {
      programs: 4,
      lifetime,
      async use(programs, { provider }) {
        const begin = Date.now();
        await Promise.all(programs.map(async (program, at) => {
          for (let call = 0; call * 250 < duration; call++) {
            // The pace of the calls is what is tested: tokens run out while they go on.
            await new Promise((resolve) =>
              setTimeout(resolve, Math.max(0, begin + call * 250 + at * 30 - Date.now()))
            );
            const isReleased = at % 2 === 0;
            await echoWithin(lifetime, { program, isReleased, message: `${call} of ${at}` });
          }
        }));
        const count = refreshes(provider).length;
        assert.ok(count >= 7, `${count} renewals in 40 s`);
      },
    }));
}
