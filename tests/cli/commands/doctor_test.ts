import assert from "node:assert/strict";
import { join } from "node:path";
import { ProxyError } from "../../../src/base/errors.ts";
import { doctor } from "../../../src/cli/commands/doctor.ts";
import { commands } from "../../../src/cli/commands/registry.ts";
import { versionReport } from "../../../src/cli/version_report.ts";
import { freePort } from "../../support/free_port.ts";
import { recordedTerminal } from "../../support/recorded_terminal.ts";
import { backend } from "../doctor/answering_backend.ts";
import { CommandRoom } from "../command_room.ts";

/** Runs doctor where the settings cannot be resolved. */
async function withoutSettings(error: Error, flags: Record<string, string> = {}, coloured = false) {
  const terminal = recordedTerminal({ out: { coloured } });
  const code = await doctor({
    flags,
    argument: undefined,
    given: undefined,
    commands,
    terminal,
    resolve: () => Promise.reject(error),
  });
  return { code, out: terminal.out.text(), err: terminal.err.text() };
}

const misconfigured = new ProxyError({
  category: "Configuration error",
  what: "OIDC_FLOW must be one of those for https://auth.company.test",
  fix: "set it to auto",
  reason: "invalid_setting",
});
const finding = {
  check: "settings",
  verdict: "failure",
  found: misconfigured.what,
  fix: misconfigured.fix,
};

Deno.test("doctor: settings that cannot be used are its one finding", async () => {
  const { code, out, err } = await withoutSettings(misconfigured);
  assert.deepEqual([code, err], [1, ""]);
  assert.deepEqual(out.split("\n"), [
    "Settings",
    `  ✗ ${misconfigured.what}`,
    "    Fix: set it to auto",
    "",
    "✗ The bridge would not work: 1 problem, 0 warnings",
    "",
  ]);
  const coloured = await withoutSettings(misconfigured, {}, true);
  assert.deepEqual(coloured.out.split("\n").slice(0, 3), [
    "\x1b[1mSettings\x1b[22m",
    `  \x1b[31m✗\x1b[39m ${misconfigured.what}`,
    "    \x1b[2mFix:\x1b[22m set it to auto",
  ]);
});

Deno.test("doctor --json tells the same to programs, and nothing else", async () => {
  const { code, out, err } = await withoutSettings(misconfigured, { json: "true" });
  assert.deepEqual([code, err], [1, ""]);
  assert.deepEqual(JSON.parse(out), {
    works: false,
    program: versionReport(),
    os: Deno.build.os,
    findings: [finding],
  });
});

Deno.test("doctor: other errors are none of its findings", async () => {
  const errors = [
    new ProxyError({ category: "System error", what: "no", fix: "yes", reason: "x" }),
    new TypeError("a fault"),
  ];
  for (const error of errors) {
    await assert.rejects(withoutSettings(error), (thrown) => thrown === error);
  }
});

Deno.test("doctor --report writes what names nobody, and says where", async () => {
  const home = await Deno.makeTempDir();
  try {
    const report = join(home, "report.json");
    const { out, err, code } = await withoutSettings(misconfigured, { report });
    assert.equal(code, 1);
    assert.match(out, /The bridge would not work/);
    assert.equal(err, `Wrote ${report}; look through it before you attach it to an issue\n`);
    const text = await Deno.readTextFile(report);
    assert.match(text, /\}\n$/);
    assert.deepEqual(JSON.parse(text), {
      program: versionReport(),
      works: false,
      os: Deno.build.os,
      findings: [{ ...finding, found: "OIDC_FLOW must be one of those for https://host1.example" }],
    });
    const link = join(home, "link.json");
    await Deno.symlink(report, link);
    await withoutSettings(misconfigured, { report: link });
    const nowhere = join(home, "no", "report.json");
    await assert.rejects(withoutSettings(misconfigured, { report: nowhere }), {
      category: "System error",
      reason: "report_unwritable",
      fix: "name a file in an existing directory that you can write to",
      what: /^cannot write the file of --report: /,
    });
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});

Deno.test("doctor looks at everything in order, and says whether the bridge would work", async () => {
  await using room = new CommandRoom();
  const variables = {
    OIDC_REDIRECT_URL: `http://127.0.0.1:${freePort()}/callback`,
    MCP_PROXY_NO_BROWSER: "true",
    OIDC_CLIENT_ID: "client-of-ada",
  };
  room.answers["/authorize"] = ({ url }) => {
    const back = new URL(new URL(url).searchParams.get("redirect_uri")!);
    back.search = "error=login_required";
    return new Response(null, { status: 302, headers: { location: back.href } });
  };
  const run = (flags: Record<string, string> = {}, more: Record<string, string> = {}) =>
    room.run(doctor, { flags, variables: { ...variables, ...more } });

  const signedOut = await run();
  const lines = signedOut.out.split("\n");
  assert.equal(signedOut.code, 0, signedOut.out);
  const headings = [
    "Settings",
    "Proxy variables",
    "Connections",
    "Clock",
    "Provider",
    "Client at the provider",
    "Redirect ports",
    "Browser",
    "Store",
    "Backend without a token",
    "Backend with a token",
  ];
  assert.deepEqual(lines.filter((line) => headings.includes(line)), headings);
  for (const heading of headings.slice(1)) assert.equal(lines[lines.indexOf(heading) - 1], "");
  assert.equal(
    lines.at(-2),
    "? Nothing is wrong as far as can be told: 1 question open",
  );
  assert.ok(lines.includes(
    "  ? not signed in: whether the provider gives a token, and whether " +
      "the backend takes it, cannot be told before you sign in",
  ));
  assert.ok(lines.includes(`  ✓ ${variables.OIDC_REDIRECT_URL} is free`));

  const answer = backend();
  room.answers["/mcp"] = (request) =>
    request.headers.has("authorization") ? answer(request) : new Response(null, { status: 401 });
  await room.signIn({}, { variables });
  const works = await run({ json: "true" });
  assert.equal(works.code, 0);
  assert.equal(JSON.parse(works.out).works, true, works.out);
  const told = await run();
  assert.equal(told.out.split("\n").at(-2), "✓ The bridge would work");

  room.answers["/mcp"] = (request) => answer(request);
  const warned = await run();
  assert.equal(warned.code, 0);
  assert.equal(warned.out.split("\n").at(-2), "✓ The bridge would work, with 1 warning");
  assert.match(warned.out, /\n {2}! accepts requests without a token/);

  const report = join(room.home, "report.json");
  await run({ report, json: "true" });
  const text = await Deno.readTextFile(report);
  assert.doesNotMatch(text, /client-of-ada|ada@example\.com/);
  assert.match(text, /<redacted>/);
  assert.match(text, /"v8": /);

  const open = JSON.parse((await run({ json: "true" }, { MCP_PROXY_PROFILE: "other" })).out);
  assert.equal(open.works, null);
  const both = await run({}, { MCP_PROXY_PROFILE: "other" });
  assert.equal(
    both.out.split("\n").at(-2),
    "? Nothing is wrong as far as can be told: 1 question open, 1 warning",
  );
});

Deno.test({
  name: "doctor says which permission it was started without",
  permissions: { read: true, write: true, env: true, net: ["127.0.0.1"], run: true, sys: true },
  async fn() {
    await using room = new CommandRoom();
    const variables = { MCP_BACKEND_URL: "https://b.test/mcp", OIDC_ISSUER_URL: "https://a.test" };
    await assert.rejects(
      room.run(doctor, { variables }),
      /was started without --allow-net=b\.test:443,a\.test:443/,
    );
  },
});
