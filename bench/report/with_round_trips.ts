import type { Results } from "./results.ts";

/**
 * The results of a whole run with the round trips of a later one, which measured nothing else: in
 * contrast to the other figures they tell little of the machine and of what else it did.
 */
export function withRoundTrips(whole: Results, apart: Results): Results {
  const isRoundTrips = (figure: string) => /^(round trips|connections)/.test(figure);
  const figures = ({ figures }: Results, isWanted: (figure: string) => boolean) =>
    Object.entries(figures).filter(([figure]) => isWanted(figure));
  const { date, machine, versions } = apart;
  return {
    ...whole,
    subjects: { ...apart.subjects, ...whole.subjects },
    figures: Object.fromEntries([
      ...figures(whole, (figure) => !isRoundTrips(figure)),
      ...figures(apart, isRoundTrips),
    ]),
    targets: [
      ...apart.targets.filter(({ unit }) => unit === "round trips"),
      ...whole.targets.filter(({ unit }) => unit !== "round trips"),
    ],
    failures: [
      ...whole.failures.filter(({ figure }) => !isRoundTrips(figure)),
      ...apart.failures.filter(({ figure }) => isRoundTrips(figure)),
    ],
    roundTrips: { date, machine, versions },
  };
}
