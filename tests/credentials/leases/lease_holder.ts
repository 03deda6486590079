/**
 * A process that takes a lease and keeps it: `lease_holder.ts <cache directory> <lease>`. Writes a
 * line when it has the lease, and another one when it lost it.
 */
import { isLease } from "../../../src/credentials/leases/leases.ts";
import { openStore } from "../../../src/credentials/store/open_store.ts";
import { createLog } from "../../../src/base/log.ts";

const [cacheDir, name] = Deno.args;
const store = await openStore({ cacheDir, encryption: "file", log: createLog({ level: "error" }) });
const lease = await store.leases.attempt(name, "sign-in");
if (!isLease(lease)) throw new Error("somebody else has it");
console.log("held");
lease.lost.addEventListener("abort", () => console.log("lost"));
setInterval(() => {}, 1_000);
