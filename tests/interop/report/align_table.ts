/** Rows of cells as lines for a terminal: the first column to the left, the others to the right. */
export function alignTable(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row.map((cell, column) => column ? cell.padStart(widths[column]!) : cell.padEnd(widths[0]!))
      .join("  ").trimEnd()
  );
}
