/** What a token of an exchange is (RFC 8693 section 3, and the ID-JAG's draft section 4.3). */
export type TokenType = "access_token" | "id_token" | "jwt" | "id-jag";

/** The identifier of a token type. */
export function tokenTypeUri(type: TokenType): string {
  return `urn:ietf:params:oauth:token-type:${type}`;
}
