/**
 * A value as JSON for a person or a program: indented, and with escapes for whatever a terminal would
 * obey. JSON itself escapes control characters up to U+001F only; those of C1 begin commands, too.
 *
 * @example
 * ```ts
 * formatJson({ name: "a\u009bb" }); // '{\n  "name": "a\\u009bb"\n}'
 * ```
 */
export function formatJson(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(
    /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
