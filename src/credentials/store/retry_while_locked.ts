import { startTimer } from "../../base/timer.ts";
import { databaseFault } from "./database_fault.ts";

/** So long another process may keep the database to itself, in milliseconds. */
const patience = 10_000;

/**
 * Runs a database operation again while other processes hold the lock: Deno KV throws
 * `database is locked` at once or after some seconds, or, when it was opened meanwhile, not as long
 * as the lock is held. The pause between two attempts doubles from about 2 ms to 128 ms and is
 * jittered; after ten seconds in all it is given up.
 */
export async function retryWhileLocked<T>(operation: () => T | Promise<T>): Promise<T> {
  const giveUpAt = performance.now() + patience;
  for (let pause = 2;; pause = Math.min(pause * 2, 128)) {
    try {
      return await within(giveUpAt - performance.now(), operation());
    } catch (error) {
      if (databaseFault(error) !== "locked" || performance.now() >= giveUpAt) throw error;
    }
    await new Promise<void>((resolve) => startTimer(resolve, pause * (0.5 + Math.random())));
  }
}

async function within<T>(milliseconds: number, result: T | Promise<T>): Promise<T> {
  const tooLong = Promise.withResolvers<never>();
  using _timer = startTimer(
    () => tooLong.reject(new Error("database is locked")),
    Math.ceil(milliseconds) + 1,
  );
  return await Promise.race([result, tooLong.promise]);
}
