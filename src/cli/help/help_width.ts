/** Wider than this, lines are hard to read; narrower, there is nothing left to break. */
const widest = 160;
const narrowest = 40;

/** How wide help is: as the terminal, or 80 columns where there is none. `COLUMNS` decides if it is set. */
export function helpWidth(): number {
  const columns = Number(Deno.env.get("COLUMNS")) || terminalColumns() || 80;
  return Math.min(widest, Math.max(narrowest, Math.trunc(columns)));
}

function terminalColumns(): number {
  if (!Deno.stdout.isTerminal()) return 0;
  try {
    return Deno.consoleSize().columns;
  } catch {
    // A terminal that does not know its size.
    return 0;
  }
}
