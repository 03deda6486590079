import { tmpdir } from "node:os";
import { join } from "node:path";

/** A home directory for the program, gone when disposed. */
export interface Home extends AsyncDisposable {
  /** Its path. */
  readonly path: string;
}

/**
 * Makes a {@linkcode Home}; two programs that share it share their credentials. Its path is as long
 * each time, so that what is wrapped around it on a terminal is the same.
 */
export async function createHome(): Promise<Home> {
  const name = crypto.randomUUID().replaceAll("-", "").slice(16);
  const path = join(tmpdir(), `authful-home-${name}`);
  await Deno.mkdir(path, { mode: 0o700 });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}
