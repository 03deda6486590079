import { omission } from "./abridge.ts";

/** What {@linkcode drawTerminal} draws besides the lines. */
export interface TerminalDrawing {
  /** How many characters a line has at most; longer ones go on in the next, as at a terminal. */
  columns: number;
  /** What the picture shows, in a few words. */
  title: string;
  /** What the picture says, for whoever does not see it. */
  description: string;
}

/** Sizes in pixels. A character of the common monospaced fonts is up to 0.605 times as wide as high. */
const size = { font: 14, line: 20, character: 8.47, margin: 24, bar: 40 };

/** Seconds from one line to the next. */
const pace = 0.12;

/** Draws lines of a terminal as an SVG of plain text, light or dark as the reader has it. */
export function drawTerminal(lines: readonly string[], drawing: TerminalDrawing): string {
  const rows = lines.flatMap((line, step) => {
    // A shell reads on after a backslash.
    const goesOn = lines[step - 1]?.endsWith("\\") ?? false;
    const spans: Span[] = goesOn ? [{ text: line, class: "typed" }] : spansOf(line);
    return wrapped(spans, drawing.columns).map((spans) => ({ spans, step }));
  });
  const width = Math.ceil(drawing.columns * size.character + 2 * size.margin);
  const height = size.bar + rows.length * size.line + size.margin;
  const texts = rows.map(({ spans, step }, index) =>
    spans.length === 0
      ? []
      : `  <text x="${size.margin}" y="${size.bar + (index + 1) * size.line - 4}" ` +
        `style="animation-delay:${(step * pace).toFixed(2)}s">${
          spans.map(spanMarkup).join("")
        }</text>`
  ).flat();
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title description">
  <title id="title">${escaped(drawing.title)}</title>
  <desc id="description">${escaped(drawing.description)}</desc>
${style}
  <rect class="window" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="12" />
${
    [0, 1, 2].map((dot) =>
      `  <circle class="dot" cx="${size.margin + 6 + dot * 20}" cy="22" r="6" />`
    ).join("\n")
  }
${texts.join("\n")}
</svg>
`;
}

const style = `  <style>
    text { font: ${size.font}px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace; fill: #1b2230; }
    .window { fill: #f6f8fb; stroke: #d5dbe5; }
    .dot { fill: #c3cbd8; }
    .typed { fill: #2450c4; font-weight: 600; }
    .good { fill: #13743f; font-weight: 600; }
    .note { fill: #8a5300; font-weight: 600; }
    .dim { fill: #5b6578; }
    @media (prefers-color-scheme: dark) {
      text { fill: #e4e9f2; }
      .window { fill: #0d1117; stroke: #2b3443; }
      .dot { fill: #3a4557; }
      .typed { fill: #9db8ff; }
      .good { fill: #6fdc9f; }
      .note { fill: #f0b75a; }
      .dim { fill: #97a3b6; }
    }
    @media (prefers-reduced-motion: no-preference) {
      text { animation: appear 0.25s ease-out backwards; }
      @keyframes appear { from { opacity: 0; } }
    }
  </style>`;

interface Span {
  text: string;
  class?: "typed" | "good" | "note" | "dim";
}

/** What is asked, and what a person types after it. */
const question = /^((?:[A-Z][^:]*: (?:\[.*\] )?)|Write .*\? \[Y\/n\] ?)(.*)$/;
const asked = /^(?:Number or name|URL of|Issuer of|Client id registered|Name of the server|Write )/;

/** The spans of a line in rows of that many columns. */
function wrapped(spans: readonly Span[], columns: number): Span[][] {
  const rows: Span[][] = [[]];
  let free = columns;
  for (const span of spans) {
    let { text } = span;
    while (text !== "") {
      if (free === 0) {
        rows.push([]);
        free = columns;
      }
      const piece = text.slice(0, free);
      rows.at(-1)!.push({ ...span, text: piece });
      text = text.slice(free);
      free -= piece.length;
    }
  }
  return rows;
}

/** A line in spans of one style each. */
function spansOf(line: string): Span[] {
  const marked = /^( *)([✓!$]) (.*)$/.exec(line);
  if (marked) {
    const [, indent, mark, rest] = marked;
    if (mark === "$") return [{ text: "$ ", class: "dim" }, { text: rest, class: "typed" }];
    return [{ text: `${indent}${mark}`, class: mark === "✓" ? "good" : "note" }, {
      text: ` ${rest}`,
    }];
  }
  if (line === omission) return [{ text: line, class: "dim" }];
  const [, asks, typed] = (asked.test(line) && question.exec(line)) || [];
  if (asks === undefined) return [{ text: line }];
  return [{ text: asks }, { text: typed, class: "typed" }];
}

function spanMarkup({ text, class: name }: Span): string {
  // Spaces that XML would fold.
  const shown = escaped(text).replaceAll(
    /^ +| {2,}| +$/g,
    (spaces) => "\u00a0".repeat(spaces.length),
  );
  return name ? `<tspan class="${name}">${shown}</tspan>` : shown;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
