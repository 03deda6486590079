import { until } from "./until.ts";

/**
 * Waits until a port can be listened on that was given back. A process that another test is starting
 * has a copy of every socket of this one until it becomes the other program, so that this is not
 * always at once.
 */
export async function untilPortIsFree(port: number, hostname = "127.0.0.1"): Promise<void> {
  await until(() => {
    try {
      Deno.listen({ hostname, port }).close();
      return true;
    } catch (error) {
      if (error instanceof Deno.errors.AddrInUse) return false;
      throw error;
    }
  }, `port ${port} of ${hostname} is free again`);
}
