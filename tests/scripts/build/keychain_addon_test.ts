import { doesNotThrow, match, throws } from "node:assert/strict";
import { assertSameIntegrity, keychainVersion } from "../../../scripts/build/keychain_addon.ts";
import { targets } from "../../../scripts/build/targets.ts";

const lock = await Deno.readTextFile(new URL("../../../deno.lock", import.meta.url));

Deno.test("deno.lock holds the keychain add-on of every target", () => {
  const version = keychainVersion(lock);
  match(version, /^\d+\.\d+\.\d+$/);
  for (const { keyring } of targets) {
    doesNotThrow(() =>
      assertSameIntegrity(`${keyring}@${version}`, { expected: lock, actual: lock })
    );
  }
});

Deno.test("an add-on with other bytes than deno.lock names is refused", () => {
  const locks = (integrity: string) => JSON.stringify({ npm: { "a@1.0.0": { integrity } } });
  throws(
    () =>
      assertSameIntegrity("a@1.0.0", { expected: locks("sha512-A"), actual: locks("sha512-B") }),
    /Cannot use a@1.0.0: deno.lock has sha512-A, installed was sha512-B/,
  );
  throws(() => assertSameIntegrity("b@1.0.0", { expected: lock, actual: lock }), /nothing of it/);
});
