import { databaseFault } from "./database_fault.ts";

/** So long another process may keep the database to itself, in milliseconds. */
const patience = 10_000;

/**
 * Runs a database operation again while other processes hold the lock: Deno KV does not wait for
 * it, it throws `database is locked` at once. The pause doubles from about 2 ms to 128 ms and is
 * jittered, for up to ten seconds.
 */
export async function retryWhileLocked<T>(operation: () => T | Promise<T>): Promise<T> {
  const giveUpAt = performance.now() + patience;
  for (let pause = 2;; pause = Math.min(pause * 2, 128)) {
    try {
      return await operation();
    } catch (error) {
      if (databaseFault(error) !== "locked" || performance.now() > giveUpAt) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, pause * (0.5 + Math.random())));
  }
}
