/** Terms, such as flags, each with what it means. */
export type HelpItems = readonly (readonly [term: string, meaning: string])[];

/** A whole help. */
export interface HelpText {
  /** How the command is called. */
  usage: string;
  /** What it does. */
  description: string;
  /** Its lists, in the order in which they are read. */
  sections: readonly { heading: string; items: HelpItems }[];
}

/** Narrower than this, what a flag does stands below it. */
const narrowest = 32;

/** Between two columns, and in front of each line. */
const gap = 2;

/** Lays a help out in the width of the terminal: no word broken, and no column squeezed. */
export function layOutHelp({ usage, description, sections }: HelpText, width: number): string {
  return [
    `Usage: ${usage}`,
    "",
    wrapWords(description, width),
    "",
    ...sections.filter(({ items }) => items.length > 0)
      .flatMap(({ heading, items }) => [heading, ...layOutItems(items, width), ""]),
  ].join("\n");
}

/** Lines of terms and what they mean, side by side where there is room, else one below the other. */
export function layOutItems(items: HelpItems, width: number): string[] {
  const widest = Math.max(...items.map(([term]) => term.length));
  const rest = width - widest - 2 * gap;
  const indentation = " ".repeat(gap);
  if (rest >= narrowest) {
    const below = `\n${" ".repeat(widest + 2 * gap)}`;
    return items.map(([term, meaning]) =>
      indentation + term.padEnd(widest + gap) + wrapWords(meaning, rest).replaceAll("\n", below)
    ).map((line) => line.trimEnd());
  }
  const deeper = " ".repeat(3 * gap);
  const below = `\n${deeper}`;
  return items.map(([term, meaning]) =>
    indentation + term + (meaning && below) +
    wrapWords(meaning, Math.max(width - deeper.length, 20)).replaceAll("\n", below)
  );
}

/** A text on lines that are no wider than that, unless a single word is. */
export function wrapWords(text: string, width: number): string {
  const lines: string[] = [];
  for (const paragraph of text.split("\n")) {
    const [indentation] = /^\s*/.exec(paragraph)!;
    let line = indentation;
    for (const word of paragraph.trim().split(/\s+/)) {
      if (line.trim() !== "" && line.length + 1 + word.length > width) {
        lines.push(line);
        line = word;
      } else {
        line += line.trim() === "" ? word : ` ${word}`;
      }
    }
    lines.push(line);
  }
  return lines.join("\n");
}
