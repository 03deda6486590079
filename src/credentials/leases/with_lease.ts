import { isLease, type Leases } from "./leases.ts";

/** Runs something short while holding a lease, for which it waits. */
export async function withLease<T>(
  leases: Leases,
  name: string,
  run: () => Promise<T>,
): Promise<T> {
  for (;;) {
    const result = await leases.attempt(name, "create");
    if (isLease(result)) {
      await using _lease = result;
      return await run();
    }
    await new Promise((resolve) => setTimeout(resolve, 10 + 20 * Math.random()));
  }
}
