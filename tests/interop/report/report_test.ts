import { deepEqual, equal, match } from "node:assert/strict";
import type { Judged } from "../judge.ts";
import type { InteropResult } from "../run_interop.ts";
import { compatibilityPage } from "./compatibility.ts";
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
  match(page, /Measured on 2026-11-25/);
  match(page, /^some-sdk 1\.2\.3$/m);
  match(page, /^\| tools \| ✓ \|$/m);
  match(page, /^\| roots \| – \|$/m);
  match(page, /^\| images \| ✗ \|$/m);
  match(page, /^- Some SDK, sessions, images: new: a \\\| in the reason$/m);
  match(page, /^- two: no cargo on this machine$/m);
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
  deepEqual([...page.matchAll(/^## .*|^Measured on .*/gm)].map(([line]) => line), [
    "## Backends",
    "Measured on 2026-11-25.",
    "## Providers",
    "Measured on 2026-12-02.",
  ]);
  match(page, /^\| images \| ✗ \|$/m);
  match(page, /^\| device code \| ✓ \|$/m);
  // What is measured again takes the place of what was.
  equal(compatibilityPage(providers, { ...options, previous: page }), page);
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
  deepEqual([...page.matchAll(/^##+ .*/gm)].map(([line]) => line), [
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
