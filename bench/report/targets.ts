import type { Results, TargetResult } from "./results.ts";

type Figures = Results["figures"];

interface Limit {
  target: string;
  unit: "ms" | "×" | "MB" | "kB" | "%" | "round trips";
  limit: number;
  /** Whether more is better. */
  atLeast?: true;
}

interface Target extends Limit {
  /** Whose it is; of all that are this program's when absent. */
  only?: readonly string[];
  measured(median: (figure: string, subject?: string) => number): number;
}

const megabyte = 1_000_000;

/** Payloads whose time is compared with the floor's. */
const transfers = ["result, json", "result, sse", "argument, json"] as const;

/** What is waited for over a slow network, in round trips, by the name of its figure. */
const roundTripLimits: Readonly<Record<string, number>> = {
  // To connect, and one message; the rest is the start itself.
  "start to initialize, HTTP/1.1": 2.5,
  // Besides, the notification that the client is ready, and the list.
  "start to first list, HTTP/1.1": 4.6,
  "start to first list from memory, HTTP/1.1": 0.5,
  "one call, HTTP/1.1": 1.1,
  "16 calls at once again, HTTP/1.1": 1.2,
  // A handshake of TLS more, and one connection for all.
  "start to first list, TLS": 5.6,
  "one call, TLS": 1.1,
  "16 calls at once, TLS": 1.2,
  "start to first list, SDK's server": 4.6,
};

const targets: readonly Target[] = [
  ...Object.entries(roundTripLimits).map(([name, limit]): Target => ({
    target: `over a slow network: ${name}`,
    unit: "round trips",
    limit,
    measured: (median) => median(`round trips, ${name}`),
  })),
  ...[{ only: ["source"], limit: 40 }, { only: ["bundle", "executable"], limit: 30 }].map((
    of,
  ): Target => ({
    ...of,
    target: "start, warm: above bare `deno run` of an empty file",
    unit: "ms",
    measured: (median) => median("start, warm") - median("start, empty file", "empty"),
  })),
  {
    target: "start, warm: of mcp-remote's",
    unit: "×",
    limit: 1 / 8,
    measured: (median) => median("start, warm") / median("start, warm", "mcp-remote"),
  },
  ...["json", "sse"].flatMap((kind): Target[] => [
    {
      target: `added latency p50, ${kind}`,
      unit: "ms",
      limit: 0.4,
      measured: (median) => median(`added latency p50, ${kind}`),
    },
    {
      target: `added latency p50, ${kind}: of the SDK transports'`,
      unit: "×",
      limit: 0.5,
      measured: (median) =>
        median(`added latency p50, ${kind}`) / median(`added latency p50, ${kind}`, "sdk"),
    },
    {
      target: `added latency p99, ${kind}: of the SDK transports'`,
      unit: "×",
      limit: kind === "json" ? 1 : 0.5,
      measured: (median) =>
        median(`added latency p99, ${kind}`) / median(`added latency p99, ${kind}`, "sdk"),
    },
    ...[16, 64].map((inFlight): Target => ({
      target: `throughput, ${inFlight} in flight, ${kind}: of the SDK transports'`,
      unit: "×",
      limit: 1.2,
      atLeast: true,
      measured: (median) =>
        median(`calls/s, ${inFlight} in flight, ${kind}`) /
        median(`calls/s, ${inFlight} in flight, ${kind}`, "sdk"),
    })),
  ]),
  ...transfers.flatMap((transfer): Target[] => {
    const [direction, kind] = transfer.split(", ");
    const figure = (size: number, what: string) => `${size} MB ${direction}, ${kind}, ${what}`;
    return [
      {
        target: `10 MB ${transfer}: time, of the floor's`,
        unit: "×",
        limit: 1.6,
        measured: (median) => median(figure(10, "time")) / median(figure(10, "time"), "floor"),
      },
      {
        target: `10 MB ${transfer}: peak memory`,
        unit: "MB",
        limit: 110,
        measured: (median) => median(figure(10, "peak memory")) / megabyte,
      },
      {
        target: `50 MB ${transfer}: time, of five times that of 10 MB`,
        unit: "×",
        limit: 1.25,
        measured: (median) => median(figure(50, "time")) / (5 * median(figure(10, "time"))),
      },
    ];
  }),
  {
    target: "slowest call around a renewal: of the median call",
    unit: "×",
    limit: 3,
    measured: (median) =>
      median("renewal, slowest call around it") / median("renewal, median call"),
  },
  {
    target: "memory idle, resident",
    unit: "MB",
    limit: 60,
    measured: (median) => median("idle memory, resident") / megabyte,
  },
  {
    target: "memory idle, resident: of mcp-remote's",
    unit: "%",
    limit: 40,
    measured: (median) =>
      median("idle memory, resident") / median("idle memory, resident", "mcp-remote") * 100,
  },
  {
    target: "memory after 10,000 calls: above idle",
    unit: "MB",
    limit: 10,
    measured: (median) => median("memory growth over 10000 calls") / megabyte,
  },
  {
    target: "idle processor time, of one core",
    unit: "%",
    limit: 0.1,
    measured: (median) => median("idle processor time") * 100,
  },
];

/** Holds the targets against the figures; what was not measured is left out. */
export function judge(
  figures: Figures,
  options: { subjects: readonly string[]; bundleBytes: number; warmBytes: number },
): TargetResult[] {
  const results: TargetResult[] = [];
  const add = (target: Limit, subject: string, measured: number) => {
    if (Number.isNaN(measured)) return;
    const { limit } = target;
    results.push({
      target: target.target,
      subject,
      limit,
      measured,
      unit: target.unit,
      met: target.atLeast ? measured >= limit : measured <= limit,
    });
  };
  for (const target of targets) {
    for (const subject of options.subjects) {
      if (target.only && !target.only.includes(subject)) continue;
      const median = (figure: string, of = subject) => figures[figure]?.[of]?.median ?? NaN;
      add(target, subject, target.measured(median));
    }
  }
  const { bundleBytes, warmBytes } = options;
  add({ target: "bundle, minified", unit: "kB", limit: 400 }, "bundle", bundleBytes / 1000);
  add(
    { target: "bundle: part that a warm start loads", unit: "%", limit: 50 },
    "bundle",
    warmBytes / bundleBytes * 100,
  );
  return results;
}
