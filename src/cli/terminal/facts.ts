import type { Paint } from "./paint.ts";

/** Names and values under each other; those without a value are left out. */
export function formatFacts(
  facts: readonly (readonly [name: string, value: string | undefined])[],
  paint: Paint,
): string {
  const shown = facts.filter(([, value]) => value !== undefined && value !== "");
  const widest = Math.max(0, ...shown.map(([name]) => name.length));
  return shown.map(([name, value]) => `  ${paint.dim(name.padEnd(widest))}  ${value}\n`).join("");
}
