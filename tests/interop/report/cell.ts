/** A text in a cell or on a line of Markdown, where none of its signs means anything. */
export function cell(text: string): string {
  return text.replaceAll(/[|<>`*_\\]/g, (sign) => `\\${sign}`).replaceAll(/\s+/g, " ");
}
