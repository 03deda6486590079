import { Command, CommanderError } from "commander";

/**
 * ` (Did you mean login?)` when a word is nearly one of those that are known, else nothing.
 * `commander` judges, as it does for flags.
 */
export function suggestion(word: string, known: readonly string[]): string {
  const judge = new Command("judge").exitOverride().configureOutput({ writeErr: () => {} });
  for (const name of known) judge.command(name);
  try {
    judge.parse([word], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    const [, nearest] = error.message.match(/(\(Did you mean [^]*\?\))/) ?? [];
    if (nearest) return ` ${nearest}`;
  }
  return "";
}
