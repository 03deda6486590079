/** A home directory for the program, gone when disposed. */
export interface Home extends AsyncDisposable {
  /** Its path. */
  readonly path: string;
}

/** Makes a {@linkcode Home}; two programs that share it share their credentials. */
export async function createHome(): Promise<Home> {
  const path = await Deno.makeTempDir({ prefix: "authful-home-" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}
