/**
 * What others say is repeated by every command in some place: none of it may move the cursor, change
 * the title, or turn the direction of what stands around it.
 *
 * @module
 */
import assert from "node:assert/strict";
import { createBrowserStub } from "../support/browser_stub.ts";
import { freePort } from "../support/free_port.ts";
import { createHome } from "../support/home.ts";
import { startHostileProvider } from "../support/hostile_provider.ts";
import { createPerson } from "../support/person.ts";
import { runProgram } from "../support/program.ts";

/** Erases the line, sets the title, C1's CSI, a new line, turns the direction, and hides. */
const evil = "ada\u001b[2K\u001b]0;owned\u0007\u009b31m\r\nSigned in\u202eeve\u2066x\u200fy\u0000z";

const breaking = /[^\P{Cc}\n]|[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u;

Deno.test("no command repeats what breaks a terminal", async (t) => {
  await using provider = startHostileProvider(({ claims, tokens, metadata }) => {
    for (const name of ["name", "email", "preferred_username", "sub", "acr"]) claims[name] = evil;
    tokens.scope = `openid ${evil}`;
    tokens.token_type = "Bearer";
    tokens.expires_in = 3600;
    metadata.scopes_supported = [evil];
    metadata.grant_types_supported = [evil];
    metadata.token_endpoint_auth_methods_supported = ["none", evil];
  });
  const challenge = `Bearer error="invalid_token", error_description="\u009b31m\u202eeve"`;
  await using backend = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () =>
      new Response(JSON.stringify({ error: evil, error_description: evil, message: evil }), {
        status: 401,
        headers: {
          "content-type": "application/json",
          "www-authenticate": challenge.replace(/[^\x20-\xff]/g, ""),
        },
      }),
  );
  await using home = await createHome();
  await using browser = await createBrowserStub();
  const person = createPerson();
  const run = (...args: string[]) =>
    runProgram({
      home: home.path,
      path: [browser.directory],
      args: [...args, `http://127.0.0.1:${backend.addr.port}/mcp`],
      env: {
        DISPLAY: ":0",
        OIDC_ISSUER_URL: provider.issuer,
        OIDC_CLIENT_ID: provider.clientId,
        OIDC_REDIRECT_URL: `http://127.0.0.1:${freePort()}/auth/callback`,
      },
    });
  const signIn = async () => {
    await person.visit(await browser.opened());
  };
  await t.step("login", async () => {
    const [outcome] = await Promise.all([run("login"), signIn()]);
    assert.equal(outcome.code, 0, outcome.stderr);
    check(outcome);
  });
  const commands = [
    "status",
    "status --json",
    "doctor",
    "doctor --json",
    "servers --json",
    "logout",
  ];
  for (const command of commands) {
    await t.step(command, async () => {
      const outcome = await run(...command.split(" "));
      check(outcome);
      if (!command.startsWith("servers")) assert.match(outcome.stdout + outcome.stderr, /ada/);
    });
  }
});

function check({ stdout, stderr }: { stdout: string; stderr: string }) {
  for (const line of [...stdout.split("\n"), ...stderr.split("\n")]) {
    assert.ok(!breaking.test(line), JSON.stringify(line));
    assert.doesNotMatch(line, /^Signed in/);
  }
}
