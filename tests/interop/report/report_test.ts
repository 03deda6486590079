import { deepEqual, equal, match, ok } from "node:assert/strict";
import type { Counterpart } from "../counterpart.ts";
import { expectedFailures } from "../expected_failures.ts";
import { anchorOf } from "../faults_of_others.ts";
import type { Judged } from "../judge.ts";
import type { InteropResult } from "../run_interop.ts";
import { compatibilityPage } from "./compatibility.ts";
import { joinRuns } from "./join_runs.ts";
import { summarizePeers } from "./peer_summary.ts";
import { summarize } from "./summary.ts";

const counterpart = {
  name: "one",
  title: "Some SDK, sessions",
  versions: { "some-sdk": "1.2.3" },
  toolchains: [],
  files: [],
  install: () => Promise.resolve(),
};
const cell = (more: Partial<Judged>): Judged => ({
  kind: "backend",
  counterpart: "one",
  feature: "tools",
  verdict: "works",
  program: { ok: true },
  ms: 1,
  ...more,
});
const result: InteropResult = {
  judged: [
    cell({}),
    cell({ feature: "roots", verdict: "absent", program: undefined }),
    cell({
      feature: "images",
      verdict: "known failure",
      program: { ok: false, why: "no image came" },
      expected: "new: a | in the reason",
    }),
    cell({ feature: "prompts", verdict: "new failure", program: { ok: false, why: "no prompt" } }),
    cell({ feature: "logging", verdict: "outdated expectation", expected: "A1" }),
  ],
  ignored: [{ kind: "backend", counterpart: "two", why: "no cargo on this machine" }],
  measured: [{ kind: "backend", counterpart }],
  red: true,
};

Deno.test("the page says what works, what does not and why, and what the backend cannot", () => {
  const page = compatibilityPage(result, { date: new Date("2026-11-25T12:00:00Z") });
  match(page, /^Measured in the run that began on 2026-11-25 at 12:00 UTC\.$/m);
  match(page, /^some-sdk 1\.2\.3$/m);
  match(page, /^\| tools \| ✓ \|$/m);
  match(page, /^\| roots \| – \|$/m);
  match(page, /^\| images \| ✗ \|$/m);
  match(page, /^- Some SDK, sessions, images: new: a \\\| in the reason$/m);
  match(page, /^- two: no cargo on this machine$/m);
});

Deno.test("the matrix of eras counts what works of what the backend can, and names what does not", () => {
  const at = (name: string, more: Partial<Judged>) =>
    cell({ kind: "one-era", at: `${name}@2025`, atTitle: `${name}, 2025`, ...more });
  const judged = [
    at("go", {}),
    at("go", { feature: "roots", program: { ok: false, why: "no roots" } }),
    at("go", { feature: "prompts", program: undefined }),
    at("python", {}),
    at("python", { feature: "roots" }),
    at("python", { feature: "prompts", program: undefined }),
    at("rust", { verdict: "absent", program: undefined, note: "the client cannot: no list" }),
    at("rust", { feature: "roots" }),
  ];
  const measured = [{ kind: "one-era" as const, counterpart }];
  const page = compatibilityPage({ ...result, judged, measured, ignored: [] }, {
    date: new Date("2026-11-25T12:00:00Z"),
  });
  match(page, /^\| backend \| go, 2025 \| python, 2025 \| rust, 2025 \|$/m);
  match(page, /^\| Some SDK, sessions \| ✗ 1 of 2 \| ✓ 2 \| ✓ 1 \|$/m);
  match(page, /^\| tools \| ✓ \|$/m);
  match(page, /^\| roots \| ✗ \|$/m);
  match(page, /^\| prompts \| – \|$/m);
  match(page, /^- Some SDK, sessions, go, 2025, roots: no roots$/m);
  match(page, /^- Some SDK, sessions, rust, 2025, tools: the client cannot: no list$/m);
});

Deno.test("what a client cannot is told with its reason, since nothing was run", () => {
  const note = "it is one command a request";
  const judged = [cell({ kind: "client", verdict: "absent", program: undefined, note })];
  const measured = [{ kind: "client" as const, counterpart }];
  const page = compatibilityPage({ judged, measured, ignored: [], red: false }, {
    date: new Date("2026-11-25T12:00:00Z"),
  });
  match(page, /^\| tools \| – \|$/m);
  match(page, /^- Some SDK, sessions, tools: it is one command a request$/m);
});

Deno.test("what a run has not measured stays on the page as it was", () => {
  const first = compatibilityPage(result, { date: new Date("2026-11-25T12:00:00Z") });
  const providers: InteropResult = {
    judged: [cell({ kind: "provider", counterpart: "idp", feature: "device code" })],
    ignored: [],
    measured: [{
      kind: "provider",
      counterpart: { ...counterpart, name: "idp", title: "Some provider" },
    }],
    red: false,
  };
  const options = { date: new Date("2026-12-02T12:00:00Z"), previous: first };
  const page = compatibilityPage(providers, options);
  deepEqual([...page.matchAll(/^## .*|^Measured in .*/gm)].map(([line]) => line), [
    "## Backends",
    "Measured in the run that began on 2026-11-25 at 12:00 UTC.",
    "## Providers",
    "Measured in the run that began on 2026-12-02 at 12:00 UTC.",
    "## Faults of others",
  ]);
  match(page, /^\| images \| ✗ \|$/m);
  match(page, /^\| device code \| ✓ \|$/m);
  // What is measured again takes the place of what was.
  equal(compatibilityPage(providers, { ...options, previous: page }), page);
});

Deno.test("a fault of others is told where its row points, with how often a direct client failed", () => {
  const fault = Object.values(expectedFailures).flatMap((row) => Object.values(row))
    .find((expected) => typeof expected === "object");
  ok(fault, "none is expected any more");
  const page = compatibilityPage({
    ...result,
    judged: [cell({
      verdict: "known failure",
      program: { ok: false, why: "the stream broke" },
      expected: fault,
      rounds: { count: 20, failed: 3, why: "the stream broke" },
    })],
  }, { date: new Date("2026-11-25T12:00:00Z") });
  const [, anchor] =
    /^- Some SDK, sessions, tools: \[.+\]\(#(.+)\) \(a direct client: in 3 of 20 rounds\)$/m.exec(
      page,
    ) ?? [];
  equal(anchor, anchorOf(fault));
  ok(page.includes(`### ${fault.title}\n`));
});

Deno.test("gateways stand side by side, with the versions that the machine had", () => {
  const gateways = ["nginx HTTP/2, Some SDK", "squid, Other SDK"].map((title, index) => ({
    kind: "gateway" as const,
    counterpart: { ...counterpart, name: `gateway-${index}`, title, versions: {} },
    packages: { [title.split(/[ ,]/)[0]!]: `1.${index}-9+deb12u1` },
  }));
  const page = compatibilityPage({
    judged: gateways.map(({ counterpart: { name } }) =>
      cell({ kind: "gateway", counterpart: name })
    ),
    ignored: [],
    measured: gateways,
    red: false,
  }, { date: new Date("2026-11-25T12:00:00Z") });
  match(page, /^nginx 1\.0-9\+deb12u1, squid 1\.1-9\+deb12u1$/m);
  match(page, /^\| feature \| nginx HTTP\/2, Some SDK \| squid, Other SDK \|$/m);
  match(page, /^\| tools \| ✓ \| ✓ \|$/m);
});

Deno.test("of several runs the last one counts for each counterpart, and the page names them", () => {
  const other = { ...counterpart, name: "two", title: "Other SDK", versions: {} };
  const run = (began: string, feature: string, counterparts: readonly Counterpart[]) => ({
    judged: counterparts.map(({ name }) => cell({ counterpart: name, feature })),
    ignored: [],
    measured: counterparts.map((counterpart) => ({ kind: "backend" as const, counterpart, began })),
    red: false,
  });
  const stored = (value: InteropResult): InteropResult => JSON.parse(JSON.stringify(value));
  const joined = joinRuns([
    stored({
      ...run("2026-11-25T12:00:00Z", "earlier", [counterpart, other]),
      ignored: [{ kind: "backend", counterpart: "three", why: "no cargo" }],
    }),
    stored({
      ...run("2026-11-26T05:30:00Z", "later", [other]),
      ignored: [{ kind: "backend", counterpart: "one", why: "no time was left" }],
    }),
  ], { two: { later: "listed since" } });
  deepEqual(
    joined.judged.map(({ counterpart, feature, verdict }) => [counterpart, feature, verdict]),
    [
      ["one", "earlier", "works"],
      ["two", "later", "outdated expectation"],
    ],
  );
  deepEqual(joined.ignored.map(({ counterpart }) => counterpart), ["three"]);
  equal(joined.red, true);
  const page = compatibilityPage(joined, { date: new Date("2026-11-27T12:00:00Z") });
  match(page, /^Joined from 2 runs, .* on 2026-11-25 at 12:00, on 2026-11-26 at 05:30 UTC\./m);
  match(page, /^### Other SDK\n\nRun of 2026-11-26 at 05:30\.$/m);
  match(page, /^### Some SDK\n\nsome-sdk 1\.2\.3\n\nRun of 2026-11-25 at 12:00\.$/m);
});

Deno.test("the summary counts, and tells everything that is red", () => {
  const lines = summarize(result).split("\n");
  equal(lines[1]?.replaceAll(/ +/g, " "), "backend one 1 1 1 1 1");
  match(lines.join("\n"), /^ignored: backend two: no cargo on this machine$/m);
  match(lines.join("\n"), /^FAILED: one: prompts: no prompt$/m);
  match(lines.join("\n"), /^OUTDATED: one: logging works; take it off the list: A1$/m);
});

const peers: InteropResult = {
  judged: ([
    ["peer-other", "sign-in", "static token", "works"],
    ["peer-other", "sign-in", "browser", "absent"],
    ["peer-other", "java-sdk", "tools", "works"],
    ["peer-other", "java-sdk", "roots", "fails"],
    ["peer-this", "sign-in", "static token", "absent"],
    ["peer-this", "sign-in", "browser", "works"],
    ["peer-this", "java-sdk", "tools", "works"],
    ["peer-this", "java-sdk", "roots", "works"],
  ] as const).map(([counterpart, at, feature, verdict]) =>
    cell({
      kind: "peer",
      counterpart,
      at,
      feature,
      verdict,
      program: {
        works: { ok: true } as const,
        absent: undefined,
        fails: { ok: false, why: "no answer | in time" } as const,
      }[verdict],
    })
  ),
  ignored: [{ kind: "peer", counterpart: "peer-away", why: "no python on this machine" }],
  measured: [
    { ...counterpart, name: "peer-other", title: "another (static token)" },
    { ...counterpart, name: "peer-this", title: "this program", versions: {} },
  ].map((counterpart) => ({ kind: "peer", counterpart })),
  red: false,
};

Deno.test("peers stand side by side on the page, this program first, with counts and reasons", () => {
  const page = compatibilityPage(peers, { date: new Date("2026-11-26T12:00:00Z") });
  const headings = [...page.matchAll(/^##+ .*/gm)].map(([line]) => line);
  deepEqual(headings.slice(0, headings.indexOf("## Faults of others")), [
    "## Programs like this one",
    "### Being let in",
    "### At Java SDK 2.1 in Tomcat, Streamable HTTP",
  ]);
  match(page, /^\| this program \| {2}\| 3 \| 0 \| 1 \|$/m);
  match(page, /^\| another \(static token\) \| some-sdk 1\.2\.3 \| 2 \| 1 \| 1 \|$/m);
  match(page, /^\| way \| this program \| another \|$/m);
  match(page, /^\| static token \| – \| ✓ \|$/m);
  match(page, /^\| browser \| ✓ \| – \|$/m);
  match(page, /^\| roots \| ✓ \| ✗ \|$/m);
  match(page, /^- roots, another: no answer \\\| in time$/m);
  match(page, /^- peer-away: no python on this machine$/m);
});

Deno.test("peers stand side by side at the terminal, and the counts say how often", () => {
  const lines = summarizePeers(peers).split("\n").map((line) => line.replaceAll(/ +/g, " "));
  deepEqual(lines, [
    "sign-in this other",
    " static token – ✓",
    " browser ✓ –",
    "",
    "java-sdk this other",
    " tools ✓ ✓",
    " roots ✓ ✗",
    "",
    "peer ok fail –",
    "this 3 0 1",
    "other 2 1 1",
    "ignored: peer-away: no python on this machine",
  ]);
});
