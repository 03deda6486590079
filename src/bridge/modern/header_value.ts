/**
 * A text as an HTTP field value (MCP 2026-07-28, Streamable HTTP): itself where that is safe, else
 * `=?base64?…?=` of its UTF-8.
 */
export function headerValue(text: string): string {
  const isSafe = /^[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?$/.test(text) &&
    !/^=\?base64\?.*\?=$/.test(text);
  if (isSafe) return text;
  const bytes = new TextEncoder().encode(text);
  return `=?base64?${btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))}?=`;
}
