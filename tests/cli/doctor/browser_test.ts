import assert from "node:assert/strict";
import { join } from "node:path";
import { checkBrowser } from "../../../src/cli/doctor/checks/browser.ts";
import { examinationOf, inShort } from "./examination_of.ts";

const findings = async (
  variables: Record<string, string>,
  env: Record<string, string> = {},
  os = "linux",
) => {
  const examination = await examinationOf({ MCP_BACKEND_URL: "https://b.test/", ...variables });
  const found = await checkBrowser({ ...examination, os, env: (name) => env[name] });
  for (const { check } of found) assert.equal(check, "browser");
  return inShort(found);
};

Deno.test("doctor: a browser is needed by some flows only, and not where it is switched off", async () => {
  const flows: [flow: string, variables?: Record<string, string>][] = [
    ["paste"],
    ["device"],
    ["client-credentials", { OIDC_CLIENT_SECRET: "secret-of-client" }],
  ];
  for (const [flow, variables] of flows) {
    assert.deepEqual(await findings({ OIDC_FLOW: flow, ...variables }), [
      ["ok", `not needed by the flow ${flow}`],
    ]);
  }
  for (const flow of ["auto", "browser"]) {
    assert.deepEqual(await findings({ OIDC_FLOW: flow, MCP_PROXY_NO_BROWSER: "true" }), [
      ["ok", "the sign-in URL is printed instead (--no-browser)"],
    ]);
  }
});

Deno.test("doctor: a browser that can be opened is, and by which command", async () => {
  const home = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(join(home, "xdg-open"), "#!/bin/sh\n", { mode: 0o755 });
    const desktop = { PATH: home, DISPLAY: ":0" };
    assert.deepEqual(await findings({}, desktop), [["ok", "can be opened"]]);
    const command = join(home, "xdg-open");
    for (const env of [desktop, {}]) {
      assert.deepEqual(await findings({ BROWSER: command }, env), [
        ["ok", `is opened with ${command}`],
      ]);
    }
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});

Deno.test("doctor: macOS and Windows have a browser, unless somebody sits elsewhere", async () => {
  for (const os of ["darwin", "windows"]) {
    assert.deepEqual(await findings({}, {}, os), [["ok", "can be opened"]]);
    const [[verdict, found]] = await findings({}, { SSH_TTY: "/dev/pts/0" }, os) as [string[]];
    assert.deepEqual([verdict, found], ["warning", "cannot be opened: this is an SSH session"]);
  }
});

Deno.test("doctor: a browser that cannot be opened is told with what helps in each flow", async () => {
  const [[verdict, found, fix]] = await findings({ OIDC_FLOW: "auto" }) as [string[]];
  assert.equal(verdict, "warning");
  assert.match(found!, /^cannot be opened: \S/);
  assert.equal(
    fix,
    "sign in with a device code or a printed URL, whichever is offered, or set BROWSER " +
      "(--browser) to a command that opens URLs",
  );
  assert.deepEqual((await findings({ OIDC_FLOW: "browser" }))[0]!.slice(1), [
    found,
    "set OIDC_FLOW to auto, device or paste, or BROWSER (--browser) to a command that opens URLs",
  ]);
});
