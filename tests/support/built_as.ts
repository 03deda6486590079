/** Runs something as if the program were built for another system, or in another way. */
export async function builtAs<T>(
  build: Partial<typeof Deno.build>,
  run: () => T | Promise<T>,
): Promise<T> {
  const property = Object.getOwnPropertyDescriptor(Deno, "build")!;
  Object.defineProperty(Deno, "build", { ...property, value: { ...Deno.build, ...build } });
  try {
    return await run();
  } finally {
    Object.defineProperty(Deno, "build", property);
  }
}
