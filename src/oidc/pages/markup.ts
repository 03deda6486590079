/** HTML that is safe to put into a page; only {@linkcode html} and {@linkcode raw} make it. */
export class Markup {
  /** Takes the text as it is. */
  constructor(readonly text: string) {}
}

/** What can stand in a hole of an {@linkcode html} template. */
export type MarkupPart = Markup | string | number | false | undefined | readonly MarkupPart[];

/**
 * A template whose holes are escaped unless they are markup themselves, so that nothing from outside
 * can become an element or leave an attribute.
 *
 * @example
 * ```ts
 * html`<p>${"<script>"}</p>`.text; // "<p>&lt;script&gt;</p>"
 * ```
 */
export function html(literals: TemplateStringsArray, ...parts: readonly MarkupPart[]): Markup {
  return new Markup(literals.reduce((text, literal, i) => text + fill(parts[i - 1]) + literal));
}

/** Text that is markup already and comes from this program alone. */
export function raw(text: string): Markup {
  return new Markup(text);
}

function fill(part: MarkupPart): string {
  if (part === undefined || part === false) return "";
  if (part instanceof Markup) return part.text;
  if (typeof part === "object") return part.map(fill).join("");
  return String(part).replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`)
    // Controls and direction marks could make a page say something else than its text.
    .replace(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, " ");
}
