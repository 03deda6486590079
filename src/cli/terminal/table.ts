import { stripVTControlCharacters } from "node:util";

/** Rows of a table by the name of their column. */
export type TableRow = Readonly<Record<string, string>>;

/**
 * A table with a heading, fitted to the width: when the rows do not fit side by side, each becomes a
 * block of its own with one line a column.
 */
export function formatTable(
  columns: readonly string[],
  rows: readonly TableRow[],
  { width, heading }: { width: number; heading: (text: string) => string },
): string {
  const widths = columns.map((column) =>
    Math.max(...[column, ...rows.map((row) => row[column] ?? "")].map(columnsOf))
  );
  const whole = widths.reduce((sum, each) => sum + each + 2, -2);
  if (whole <= width) {
    const line = (cells: readonly string[]) =>
      cells.map((cell, i) => cell + " ".repeat(widths[i] - columnsOf(cell))).join("  ").trimEnd();
    return [
      heading(line(columns.map((column) => column.toUpperCase()))),
      ...rows.map((row) => line(columns.map((column) => row[column] ?? ""))),
    ].join("\n");
  }
  const widest = Math.max(...columns.map(columnsOf));
  return rows.map((row) =>
    columns.map((column) => `${heading(column.padEnd(widest))}  ${row[column] ?? ""}`.trimEnd())
      .join("\n")
  ).join("\n\n");
}

/** How many columns a text takes on a terminal; good enough for what we show. */
function columnsOf(text: string): number {
  return [...stripVTControlCharacters(text)].length;
}
