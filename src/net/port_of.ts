/** The port that a URL leads to: its own, or that of its scheme, `https` or `http`. */
export function portOf({ port, protocol }: URL): number {
  return Number(port || (protocol === "https:" ? 443 : 80));
}
