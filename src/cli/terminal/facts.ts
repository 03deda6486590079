import { excerpt } from "../../base/excerpt.ts";
import type { Paint } from "./paint.ts";

/**
 * Names and values under each other; those without a value are left out. Values may be what others
 * said: each is one line of bounded length.
 */
export function formatFacts(
  facts: readonly (readonly [name: string, value: string | undefined])[],
  paint: Paint,
): string {
  const shown = facts.flatMap(([name, value]) => value ? [{ name, value }] : []);
  const widest = Math.max(...shown.map(({ name }) => name.length));
  return shown.map(({ name, value }) =>
    `  ${paint.dim(name.padEnd(widest))}  ${excerpt(value, { max: 1_000 })}\n`
  ).join("");
}
