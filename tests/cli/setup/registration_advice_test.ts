import assert from "node:assert/strict";
import { parseCommandLine } from "../../../src/cli/arguments/command_line.ts";
import { resolveSettings } from "../../../src/settings/resolve_settings.ts";
import { registrationAdvice } from "../../../src/cli/setup/registration_advice.ts";
import { project } from "../../../scripts/package/project.ts";

async function advise(args: string[]): Promise<string[]> {
  const invocation = parseCommandLine(args, { version: "0.0.0" });
  assert.ok(invocation.kind === "bridge");
  const { settings } = await resolveSettings({
    flags: invocation.flags,
    getEnv: () => undefined,
    readTextFile: () => Promise.reject(new Deno.errors.NotFound()),
  });
  return registrationAdvice(settings);
}

Deno.test("the advice for a known provider leads to its page, where everybody can read it", async () => {
  const lines = await advise([
    "https://mcp.company.com/mcp",
    "--oidc-issuer-url",
    "https://company.okta.com/oauth2/default",
  ]);
  assert.match(lines[0], /^At Okta \(Applications and Resources, /);
  assert.deepEqual(
    lines.at(-1),
    `step by step: ${project.repository}/blob/main/docs/providers/okta.md`,
  );
});

Deno.test("the advice for an unknown provider says what to register, and no page", async () => {
  const lines = await advise([
    "https://mcp.company.com/mcp",
    "--oidc-issuer-url",
    "https://auth.company.com",
    "--oidc-redirect-url",
    "http://127.0.0.1:0/auth/callback http://localhost:8080/auth/callback",
  ]);
  assert.deepEqual(lines, [
    "At auth.company.com the client needs:",
    "client type: public (native application, no secret)",
    "grants: authorization_code with PKCE (S256), refresh_token, device_code if you work over SSH",
    // Nobody can register port 0.
    "redirect URL, for any port: http://127.0.0.1/auth/callback",
    "redirect URL, letter by letter: http://localhost:8080/auth/callback",
    "scopes: openid profile email",
  ]);
});
