/** A JWT that says this and that nobody has signed (RFC 7515 section 3.1). */
export function unsignedJwt(claims: unknown, header: unknown = { alg: "ES256" }): string {
  const part = (value: unknown) =>
    btoa(String.fromCharCode(...new TextEncoder().encode(JSON.stringify(value))))
      .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  return `${part(header)}.${part(claims)}.c2lnbmF0dXJl`;
}
