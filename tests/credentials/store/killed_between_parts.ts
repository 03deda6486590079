/**
 * Stores a credential and is killed on the way: just before its head is written, or just after.
 * Arguments: the cache directory, a file with the credential, and when.
 *
 * @module
 */
import { identityDigest } from "../../../src/credentials/identity.ts";
import { createCredentialStore } from "../../../src/credentials/store/credential_store.ts";
import type { Database } from "../../../src/credentials/store/database.ts";
import { openStore } from "../../../src/credentials/store/open_store.ts";
import { createLog } from "../../../src/base/log.ts";
import { identity } from "../room.ts";

const [cacheDir, path, when] = Deno.args;
const log = createLog({ level: "debug" });
const store = await openStore({ cacheDir, encryption: "file", log });
const digest = await identityDigest(identity);
const die = () => Deno.kill(Deno.pid, "SIGKILL");
const { database } = store;
const dying: Database = Object.create(database, {
  run: {
    value: <T>(operation: (kv: Deno.Kv) => Promise<T>) =>
      database.run(async (kv) => {
        // Parts are set one by one, and the head in an atomic step.
        let isHead = false;
        const result = await operation(
          new Proxy(kv, {
            get(target, name) {
              if (name === "atomic") {
                isHead = true;
                if (when === "before the head") die();
              }
              const value = Reflect.get(target, name, target);
              return typeof value === "function" ? value.bind(target) : value;
            },
          }),
        );
        if (isHead) die();
        return result;
      }),
  },
});
const credentials = createCredentialStore({
  ...store,
  database: dying,
  identity,
  digest,
  log,
});
await credentials.complete(JSON.parse(await Deno.readTextFile(path)));
