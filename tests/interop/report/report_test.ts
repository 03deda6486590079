import { deepEqual, equal, match } from "node:assert/strict";
import type { Judged } from "../judge.ts";
import type { InteropResult } from "../run_interop.ts";
import { compatibilityPage } from "./compatibility.ts";
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
