/** What a process may still need that not every one does. */
export interface LastingNeeds {
  /** The system keychain, which only native code can reach. */
  keychain: boolean;
  /** A browser opener. */
  browser: boolean;
}

/**
 * Gives up, for the rest of the process, the permissions that its settings rule out: native code
 * and other programs could do what no other permission allows.
 */
export function dropPermissions(needs: LastingNeeds): void {
  if (!needs.keychain) Deno.permissions.revokeSync({ name: "ffi" });
  if (!needs.browser) Deno.permissions.revokeSync({ name: "run" });
}
