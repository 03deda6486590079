/**
 * Runs a database operation again while other processes hold the lock: Deno KV does not wait for
 * it, it throws `database is locked` at once. The pause doubles from about 2 ms to 128 ms and is
 * jittered, for up to ten seconds.
 */
export async function retryWhileLocked<T>(operation: () => Promise<T>): Promise<T> {
  const giveUpAt = performance.now() + 10_000;
  for (let pause = 2;; pause = Math.min(pause * 2, 128)) {
    try {
      return await operation();
    } catch (error) {
      if (!isLocked(error) || performance.now() > giveUpAt) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, pause * (0.5 + Math.random())));
  }
}

function isLocked(error: unknown): boolean {
  return error instanceof Error &&
    /database (table |schema )?is (locked|busy)/i.test(error.message);
}
