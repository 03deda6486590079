/** The value of a figure, in the unit that its name asks for. */
export function shown(figure: string, value: number): string {
  if (/^size/.test(figure) && value < 1e7) return `${number(value / 1000)} kB`;
  if (/wake-ups|^(calls\/s|round trips|connections)/.test(figure)) return number(value);
  if (/memory|bytes/.test(figure)) return `${number(value / 1_000_000)} MB`;
  if (/^(\d+ idle: processor time|idle processor time)/.test(figure)) {
    return `${number(value * 100)} %`;
  }
  return `${number(value)} ms`;
}

/** Three significant digits, no exponents. */
export function number(value: number): string {
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value) || 1)));
  return value.toFixed(Math.min(digits, 3));
}
