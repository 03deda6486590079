import { stripVTControlCharacters } from "node:util";

/**
 * Breaks lines between words so that they fit the width, what follows two columns deeper than the line
 * began. A word that is longer than that, such as a URL, stays whole, to be copied.
 */
export function wrapText(text: string, width: number): string {
  return text.split("\n").map((line) => wrapLine(line, width)).join("\n");
}

function wrapLine(line: string, width: number): string {
  const [beginning] = /^ */.exec(line)!;
  const deeper = `${beginning}  `;
  const lines: string[] = [];
  let current = beginning;
  let isEmpty = true;
  for (const word of line.slice(beginning.length).split(" ")) {
    const next = isEmpty ? current + word : `${current} ${word}`;
    if (isEmpty || columnsOf(next) <= width) {
      current = next;
      isEmpty = false;
    } else {
      lines.push(current.trimEnd());
      current = deeper + word;
    }
  }
  return [...lines, current].join("\n");
}

function columnsOf(text: string): number {
  return [...stripVTControlCharacters(text)].length;
}
