import { formatDuration } from "../../terminal/duration.ts";
import type { Examination } from "../examination.ts";
import type { Finding } from "../finding.ts";

const noticeable = 60_000;
const harmful = 300_000;

/** How far this machine's clock is from those of the others (RFC 9110 section 6.6.1). */
export function checkClock({ dates }: Examination): Finding[] {
  return dates.map(({ origin, skew }): Finding => {
    const size = Math.abs(skew);
    if (size <= noticeable) {
      return { check: "clock", verdict: "ok", found: `agrees with that of ${origin}` };
    }
    return {
      check: "clock",
      verdict: size > harmful ? "failure" : "warning",
      found: `${formatDuration(size)} ${
        skew > 0 ? "ahead of" : "behind"
      } that of ${origin}, so that tokens are taken for expired or not yet valid`,
      fix: "set the clock of this machine",
    };
  });
}
