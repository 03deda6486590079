/**
 * A port that nobody listens on, for what has to be told its port before it listens. It lies below
 * those that systems give away by themselves (from 32768 on Linux, 49152 elsewhere), since such a one
 * may be given to anybody's connection before it is used; among our own tests chance keeps them apart.
 */
export function freePort(): number {
  for (;;) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest));
    if (["127.0.0.1", "::1"].every((hostname) => isFree(hostname, port))) return port;
  }
}

const lowest = 10_000;
const highest = 32_000;

function isFree(hostname: string, port: number): boolean {
  try {
    Deno.listen({ hostname, port }).close();
    return true;
  } catch (error) {
    // Without IPv6 nobody listens there.
    return hostname === "::1" && !(error instanceof Deno.errors.AddrInUse);
  }
}
