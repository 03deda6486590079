/**
 * How a person recognises their own account: the email address, else the user name, else the name,
 * else the subject (OpenID Connect Core section 5.1); `undefined` when the claims say nothing.
 *
 * @example
 * ```ts
 * accountName({ sub: "8f2c", email: "ada@example.com" }); // "ada@example.com"
 * ```
 */
export function accountName(claims: Record<string, unknown> | undefined): string | undefined {
  for (const name of ["email", "preferred_username", "name", "sub"]) {
    const value = claims?.[name];
    if (typeof value === "string" && value.trim() !== "") return value;
  }
  return undefined;
}
