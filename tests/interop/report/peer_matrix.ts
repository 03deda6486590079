import type { Counterpart } from "../counterpart.ts";
import type { Judged } from "../judge.ts";
import type { InteropResult } from "../run_interop.ts";

/** Peers side by side: the columns, and a row for each thing that was tried anywhere. */
export interface PeerMatrix {
  /** This program first, then the others by name. */
  readonly peers: readonly PeerColumn[];
  /** By where it was tried, in the order it was. */
  readonly places: readonly { at: string; rows: readonly PeerRow[] }[];
}

/** A peer, and how often what came of it. */
export interface PeerColumn {
  readonly counterpart: Counterpart;
  readonly works: number;
  readonly fails: number;
  /** It has no setting for it, or the backend has no such thing. */
  readonly absent: number;
}

/** What was tried, and what came of it with each peer; nothing where it was not tried. */
export interface PeerRow {
  readonly feature: string;
  readonly cells: readonly (Judged | undefined)[];
}

/** The program of this repository, among its peers. */
export const thisProgram = "peer-this";

/** Makes a {@linkcode PeerMatrix} of what a run has measured of peers. */
export function peerMatrix(result: Pick<InteropResult, "judged" | "measured">): PeerMatrix {
  const judged = result.judged.filter(({ kind }) => kind === "peer");
  const measured = result.measured.filter(({ kind }) => kind === "peer");
  const rank = ({ name }: Counterpart) => `${name === thisProgram ? 0 : 1}${name}`;
  const counterparts = measured.map(({ counterpart }) => counterpart)
    .toSorted((a, b) => rank(a) < rank(b) ? -1 : 1);
  const places = new Map<string, Set<string>>();
  for (const { at = "", feature } of judged) {
    places.set(at, (places.get(at) ?? new Set()).add(feature));
  }
  return {
    peers: counterparts.map((counterpart) => {
      const count = (verdict: Judged["verdict"]) =>
        judged.filter((one) => one.counterpart === counterpart.name && one.verdict === verdict)
          .length;
      return {
        counterpart,
        works: count("works"),
        fails: count("fails"),
        absent: count("absent"),
      };
    }),
    places: [...places].map(([at, features]) => ({
      at,
      rows: [...features].map((feature) => ({
        feature,
        cells: counterparts.map(({ name }) =>
          judged.find((one) =>
            one.counterpart === name && (one.at ?? "") === at && one.feature === feature
          )
        ),
      })),
    })),
  };
}
