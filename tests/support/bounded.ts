import { within } from "./within.ts";

/**
 * The same object, whose promises (those that it has as fields and those that its methods return)
 * settle in time or reject with an error that says which of them did not.
 *
 * @example
 * ```ts ignore
 * const source = bounded(createCredentialSource(options), "the credential source");
 * await source.close(); // "not within 30000 ms: close() of the credential source"
 * ```
 */
export function bounded<T extends object>(target: T, name: string, patience = 30_000): T {
  const limit = (value: unknown, member: string) => {
    if (!(value instanceof Promise)) return value;
    return within(value, { what: `${member} of ${name}`, patience });
  };
  return new Proxy(target, {
    get(_, key) {
      const value: unknown = Reflect.get(target, key);
      if (typeof value !== "function") return limit(value, String(key));
      return (...args: unknown[]) => limit(value.apply(target, args), `${String(key)}()`);
    },
  });
}
