import type { InteropResult } from "../run_interop.ts";
import { alignTable } from "./align_table.ts";
import { peerMatrix } from "./peer_matrix.ts";
import { signOf } from "./sign_of.ts";

/** Peers side by side for a terminal: everything that was tried, then the counts. */
export function summarizePeers(result: InteropResult): string {
  const { peers, places } = peerMatrix(result);
  const names = peers.map(({ counterpart }) => counterpart.name.replace(/^peer-/, ""));
  const lines: string[] = [];
  for (const { at, rows } of places) {
    lines.push(
      ...alignTable([
        [at, ...names],
        ...rows.map(({ feature, cells }) => [`  ${feature}`, ...cells.map(signOf)]),
      ]),
      "",
    );
  }
  lines.push(
    ...alignTable([
      ["peer", "ok", "fail", "–"],
      ...peers.map(({ works, fails, absent }, index) => [
        names[index]!,
        ...[works, fails, absent].map(String),
      ]),
    ]),
  );
  for (const { kind, counterpart, why } of result.ignored) {
    if (kind === "peer") lines.push(`ignored: ${counterpart}: ${why}`);
  }
  return lines.join("\n");
}
