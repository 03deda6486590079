import { oneLine } from "./errors.ts";
import { redact } from "./redactor.ts";

/**
 * What somebody else said, fit to be repeated: without our secrets, on one line, of bounded length.
 * Secrets are looked for before it is cut, since half of one is one, too.
 *
 * @example
 * ```ts
 * excerpt("a\nvery long text", { max: 6 }); // "a very…"
 * ```
 */
export function excerpt(text: string, { max = 200 }: { max?: number } = {}): string {
  const line = oneLine(redact(text));
  // Not through the middle of a character.
  return line.length > max ? `${line.slice(0, max).replace(/[\uD800-\uDBFF]$/, "")}…` : line;
}

/**
 * What somebody else listed, fit to be repeated: each entry an {@linkcode excerpt}, and of many the
 * first ones.
 *
 * @example
 * ```ts
 * excerpts(["a", "b", "c"], { maxCount: 2 }); // "a, b and 1 more"
 * ```
 */
export function excerpts(
  texts: readonly string[],
  { max, maxCount = 5, joint = ", " }: { max?: number; maxCount?: number; joint?: string } = {},
): string {
  const shown = texts.slice(0, maxCount).map((text) => excerpt(text, { max })).join(joint);
  return texts.length > maxCount ? `${shown} and ${texts.length - maxCount} more` : shown;
}
