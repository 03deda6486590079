/**
 * Puts this in the place of what the person types, for as long as it is not disposed of; after the
 * last text the input has ended.
 */
export function typedInput(...texts: string[]): Disposable & { readonly left: readonly string[] } {
  const { stdin } = Deno;
  const { read } = stdin;
  const left = [...texts];
  stdin.read = (into) => {
    const bytes = new TextEncoder().encode(left.shift());
    if (bytes.length === 0) return Promise.resolve(null);
    into.set(bytes);
    return Promise.resolve(bytes.length);
  };
  return { left, [Symbol.dispose]: () => void (stdin.read = read) };
}
