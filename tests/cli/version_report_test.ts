import { deepEqual, equal } from "node:assert/strict";
import { main } from "../../src/cli/main.ts";
import { versionLine, versionReport } from "../../src/cli/version_report.ts";
import configuration from "../../deno.json" with { type: "json" };

const commit = "0123456789abcdef0123456789abcdef01234567";
const build = { channel: "executable", commit, target: "x86_64-pc-windows-msvc" } as const;

Deno.test("--version names the commit of a build, and only the version without one", () => {
  equal(versionLine(build), `${configuration.version} (0123456789ab)`);
  equal(versionLine({ channel: "source" }), configuration.version);
});

Deno.test("the report holds what a packager needs", () => {
  deepEqual(versionReport(build), {
    name: "authful-mcp-proxy",
    version: configuration.version,
    license: configuration.license,
    channel: "executable",
    commit,
    target: "x86_64-pc-windows-msvc",
    deno: Deno.version.deno,
    v8: Deno.version.v8,
  });
  equal(versionReport({ channel: "source" }).commit, null);
});

Deno.test("--version --json prints the report, in either order", async () => {
  for (const args of [["--version", "--json"], ["--json", "--version"]]) {
    const printed: string[] = [];
    const { log } = console;
    console.log = (text: string) => void printed.push(text);
    try {
      equal(await main(args), 0);
    } finally {
      console.log = log;
    }
    deepEqual(JSON.parse(printed.join("\n")), versionReport());
  }
});

Deno.test("the guide for packagers tells of every field, and of no other", async () => {
  const guide = await Deno.readTextFile(
    new URL("../../docs/releasing.md", import.meta.url),
  );
  const [table] = /\| field .*?\n\n/s.exec(guide)!;
  const told = [...table.matchAll(/^\| (`[^|]+`) +\|/gm)]
    .flatMap(([, names]) => [...names.matchAll(/`(\w+)`/g)].map(([, name]) => name));
  deepEqual(told, Object.keys(versionReport()));
});
