/** The SHA-256 of bytes, in lower-case hexadecimal. */
export async function sha256(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new Uint8Array(bytes));
  return new Uint8Array(digest).toHex();
}

/** The text of a `SHA256SUMS` file, sorted by name, as `sha256sum --check` reads it. */
export function formatChecksums(sums: Readonly<Record<string, string>>): string {
  return Object.keys(sums).sort().map((name) => `${sums[name]}  ${name}\n`).join("");
}

/**
 * Reads a `SHA256SUMS` file.
 *
 * @throws {Error} for a line that is not a sum and a name
 */
export function parseChecksums(text: string): Record<string, string> {
  const sums: Record<string, string> = {};
  for (const line of text.split("\n").filter((line) => line !== "")) {
    const [, sum, name] = /^([0-9a-f]{64}) [ *](.+)$/.exec(line) ?? [];
    if (!sum || !name) throw new Error(`Cannot read the checksum line ${JSON.stringify(line)}`);
    sums[name] = sum;
  }
  return sums;
}
