/** Where a share of a whole lies with 95 % certainty, when a sample of it was drawn: Wilson's interval. */
export function wilsonInterval(hits: number, drawn: number): { lower: number; upper: number } {
  if (drawn === 0) return { lower: 0, upper: 1 };
  const z = 1.96;
  const share = hits / drawn;
  const middle = share + z ** 2 / (2 * drawn);
  const half = z * Math.sqrt(share * (1 - share) / drawn + z ** 2 / (4 * drawn ** 2));
  const whole = 1 + z ** 2 / drawn;
  return { lower: (middle - half) / whole, upper: (middle + half) / whole };
}
