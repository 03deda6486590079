import type { Results } from "./results.ts";
import { number, shown } from "./shown.ts";

interface Row {
  what: string;
  figure: string;
  /** Where the least that is possible stands, when it is not with the floor. */
  floor?: { figure: string; subject: string };
  means: string;
}

const rows: readonly Row[] = [
  {
    what: "start, until the client has the list of tools",
    figure: "start to first list, warm",
    floor: { figure: "start, empty file", subject: "empty" },
    means: "how long a client waits for each backend when it opens",
  },
  {
    what: "the same over a network with round trips of 200 ms, in round trips",
    figure: "round trips, start to first list, HTTP/1.1",
    means: "one to connect, and one for each of the three messages that wait for each other",
  },
  {
    what: "start after a boot, until `initialize` is answered",
    figure: "start, cold",
    means: "no file is in memory yet, all of the program is read from disk",
  },
  {
    what: "one call, median",
    figure: "latency p50, json",
    means: "at a backend that answers at once: what is above the floor is the bridge's part",
  },
  {
    what: "added to a call, median",
    figure: "added latency p50, json",
    means: "the bridge's part: how much longer a call takes than without one",
  },
  {
    what: "calls a second, 16 at a time",
    figure: "calls/s, 16 in flight, json",
    means: "more is better; client, proxy and backend share two cores",
  },
  {
    what: "memory while it waits",
    figure: "idle memory, resident",
    means: "for each backend; partly pages that all proxies of one kind share",
  },
  {
    what: "memory after 10,000 calls",
    figure: "memory after 10000 calls",
    means: "whether it grows over a day of work",
  },
  {
    what: "10 MB result",
    figure: "10 MB result, json, time",
    means: "a file or a picture that a tool returns",
  },
  {
    what: "10 MB result, memory at most",
    figure: "10 MB result, json, peak memory",
    means: "what one big answer costs",
  },
  {
    what: "50 MB result as an event stream",
    figure: "50 MB result, sse, time",
    means: "how backends answer that also send progress",
  },
  {
    what: "50 MB argument",
    figure: "50 MB argument, json, time",
    means: "a file that is handed to a tool",
  },
  {
    what: "size on disk",
    figure: "size in bytes",
    means: "the standalone executable has its runtime inside",
  },
];

/**
 * The first table of docs/performance.md, for who wants to know what the program costs: few figures
 * of the program as it is installed, of mcp-remote and of the floor, each with what it means.
 */
export function summary({ figures, failures, date, machine }: Results): string {
  const ours = ["executable", "bundle", "source"].find((id) =>
    id in (figures[rows[0].figure] ?? {})
  );
  if (ours === undefined) return "Not measured.\n";
  const lines = [
    "| what | this program | mcp-remote | floor | what it means |",
    "| --- | ---: | ---: | ---: | --- |",
  ];
  for (const { what, figure, floor, means } of rows) {
    const measured = figures[figure] ?? {};
    const median = (id: string) => measured[id]?.median;
    const value = (id: string) => median(id) === undefined ? "" : shown(figure, median(id));
    if (median(ours) === undefined) continue;
    const least = floor === undefined
      ? value("floor")
      : floor.figure in figures
      ? shown(floor.figure, figures[floor.figure][floor.subject].median)
      : "";
    const failed = failures.some((failure) =>
      failure.subject === "mcp-remote" && figure.startsWith(failure.figure)
    );
    const theirs = failed ? "fails" : value("mcp-remote") &&
      `${value("mcp-remote")} (${number(median("mcp-remote") / median(ours))} ×)`;
    lines.push(`| ${what} | ${value(ours)} | ${theirs} | ${least} | ${means} |`);
  }
  lines.push(
    "",
    `Measured ${date.slice(0, 10)} on ${Object.values(machine).join("; ")}. ` +
      "`×` is how many times this program's figure.",
  );
  return lines.join("\n") + "\n";
}
