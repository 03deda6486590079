import { lingerLease } from "./handover.ts";
import type { LeaseHolder } from "./leases/lease_holder.ts";
import type { Leases } from "./leases/leases.ts";
import type { CredentialStore } from "./store/credential_store.ts";

/**
 * Ends a sign-in that goes on in the background, where that is what keeps the lease: whoever signs in
 * by hand sits there and wants a page now. A sign-in of a program that a client has started goes on.
 */
export async function dismissLingering(
  holder: LeaseHolder,
  { store, leases }: { store: CredentialStore; leases: Leases },
): Promise<void> {
  const lingering = await leases.holder(lingerLease(store.digest));
  // It ends when what it waits for is gone.
  if (lingering?.instance === holder.instance) await store.removePending();
}
