/** The `scope` parameter; absent when nothing is asked for, since it must not be empty. */
export function requestedScope(scopes: readonly string[]): string | undefined {
  return scopes.length > 0 ? scopes.join(" ") : undefined;
}
