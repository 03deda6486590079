/**
 * Opens the frozen stores of which the data key lies in a keychain; run where one is that may be
 * written to, as a process of its own.
 */
import assert from "node:assert/strict";
import { AsyncEntry } from "@napi-rs/keyring";
import { frozenVersions } from "../../support/frozen_versions.ts";
import { createHome } from "../../support/home.ts";
import { copyFrozenStore } from "../../support/frozen_versions.ts";
import { runProgram } from "../../support/program.ts";
import { assertCredentials } from "./frozen_store.ts";

let opened = 0;
for (const { stores } of frozenVersions) {
  for (const store of stores.filter(({ encryption }) => encryption === "keychain")) {
    const { service, account, password } = store.keychain!;
    const entry = new AsyncEntry(service, account, { linux: { store: "secret-service" } });
    await entry.setPassword(password);
    await assertCredentials(store);

    await using home = await createHome();
    await copyFrozenStore(store, home.path);
    const { env, credential } = store.accounts["signed-in"];
    const session = { DBUS_SESSION_BUS_ADDRESS: Deno.env.get("DBUS_SESSION_BUS_ADDRESS")! };
    const { stdout, stderr } = await runProgram({
      home: home.path,
      args: ["token"],
      env: { ...session, ...env, MCP_PROXY_CREDENTIAL_ENCRYPTION: "keychain" },
    });
    assert.equal(stdout, `${credential!.accessToken}\n`, stderr);
    opened++;
  }
}
assert.ok(opened > 0);
console.log("the frozen stores open with the keychain");
