import { Command, CommanderError } from "commander";

/**
 * What to write instead of a word that is nearly one of those that are known: `use "login"`; nothing
 * when none is near. `commander` judges, as it does for flags.
 */
export function suggestion(word: string, known: readonly string[]): string | undefined {
  // Without help of its own, which it would print for these words.
  const judge = new Command("judge").helpOption(false).helpCommand(false).exitOverride()
    .configureOutput({ writeErr: () => {} });
  for (const name of known) judge.command(name);
  try {
    judge.parse([word], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return splitSuggestion(error.message).fix;
  }
  return undefined;
}

/** A message of `commander`, with its question "Did you mean …?" as what to do. */
export function splitSuggestion(message: string): { what: string; fix: string | undefined } {
  const [question, names] = /\s*\(Did you mean (?:one of )?([^?]*)\?\)/.exec(message) ?? [];
  if (question === undefined) return { what: message, fix: undefined };
  const quoted = names.split(", ").map((name) => JSON.stringify(name)).join(" or ");
  return { what: message.replace(question, ""), fix: `use ${quoted}` };
}
