import assert from "node:assert/strict";
import { checkSettings } from "../../../src/cli/doctor/checks/settings.ts";
import type { Examination } from "../../../src/cli/doctor/examination.ts";
import type { FlagTexts } from "../../../src/settings/options.ts";
import { resolveSettings } from "../../../src/settings/resolve_settings.ts";

/** What doctor says of settings from these places. */
async function findings(
  { flags = {}, variables = {}, files = {} }: {
    flags?: FlagTexts;
    variables?: Record<string, string>;
    files?: Record<string, string>;
  },
  requireComplete = true,
) {
  const resolved = await resolveSettings(
    {
      flags,
      getEnv: (name) => variables[name],
      readTextFile: (path) =>
        files[path] === undefined
          ? Promise.reject(new Deno.errors.NotFound(path))
          : Promise.resolve(files[path]),
      ...!requireComplete && { requireComplete },
    } as Parameters<typeof resolveSettings>[0],
  );
  const found = checkSettings({ resolved } as unknown as Examination);
  return found.map(({ check, verdict, found, fix }) => {
    assert.equal(check, "settings");
    return fix === undefined ? [verdict, found] : [verdict, found, fix];
  });
}

const backend = "https://backend.test/mcp";

Deno.test("doctor: each setting is told with its place", async () => {
  const told = await findings({
    flags: { backendUrl: backend, oidcScopes: "b a" },
    variables: {
      OIDC_ISSUER_URL: "https://auth.test/",
      OIDC_CLIENT_ID: "client",
      MCP_PROXY_KEEP_ALIVE: "30",
    },
  });
  assert.deepEqual(told, [
    ["ok", `backend URL: ${backend} (argument)`],
    ["ok", "keep alive: 30 (MCP_PROXY_KEEP_ALIVE)"],
    ["ok", "issuer URL: https://auth.test/ (OIDC_ISSUER_URL)"],
    ["ok", "client ID: client (OIDC_CLIENT_ID)"],
    ["ok", "scopes: openid b a (--oidc-scopes)"],
  ]);
});

Deno.test("doctor: what may be a secret is not shown", async () => {
  const told = await findings({
    flags: { backendUrl: backend, headers: "x-key: hidden" },
    variables: {
      OIDC_ISSUER_URL: "https://auth.test",
      OIDC_CLIENT_ID: "client",
      OIDC_CLIENT_SECRET: "hidden",
      OIDC_AUTH_PARAMS: "a=hidden",
    },
  });
  const texts = told.map(([, text]) => text!);
  for (const text of texts) assert.doesNotMatch(text, /hidden/);
  assert.ok(texts.includes("headers: set, not shown (--header)"), texts.join("\n"));
  assert.ok(texts.includes("client secret: set, not shown (OIDC_CLIENT_SECRET)"));
});

Deno.test("doctor: without issuer and client id it says who is asked instead", async () => {
  const told = await findings({ flags: { backendUrl: backend } });
  assert.deepEqual(told, [
    ["ok", `backend URL: ${backend} (argument)`],
    [
      "warning",
      "issuer URL: not set, the backend is asked for it",
      "set OIDC_ISSUER_URL or pass --oidc-issuer-url if that does not work",
    ],
    [
      "warning",
      "client ID: not set, the program registers itself",
      "set OIDC_CLIENT_ID or pass --oidc-client-id if that does not work",
    ],
  ]);
});

Deno.test("doctor: a token that would go in the clear is told, as an error unless it is allowed", async () => {
  const over = async (url: string, more: FlagTexts = {}) => {
    const told = await findings({ flags: { backendUrl: url, ...more } });
    return told.filter(([, found]) => found!.includes("in the clear"));
  };
  const fix = "use its https address, or pass --allow-http if the network is safe";
  const found = "http://backend.test would be shown the token in the clear";
  assert.deepEqual(await over("http://backend.test/mcp"), [["failure", found, fix]]);
  assert.deepEqual(await over("http://backend.test/mcp", { allowHttp: "true" }), [
    ["warning", found, fix],
  ]);
  for (const url of ["http://127.0.0.1:8080/mcp", "http://localhost/", "https://backend.test/"]) {
    assert.deepEqual(await over(url), [], url);
  }
});

Deno.test("doctor: a secret on the command line is told", async () => {
  const flags = { backendUrl: backend, oidcClientSecret: "s", backendClientSecret: "t" };
  const told = await findings({ flags });
  assert.deepEqual(told.slice(-2), [
    [
      "warning",
      "the client secret is on the command line, where process lists show it",
      "set OIDC_CLIENT_SECRET or OIDC_CLIENT_SECRET_FILE instead",
    ],
    [
      "warning",
      "the client secret of the backend's authorization server is on the command line, where " +
      "process lists show it",
      "set MCP_BACKEND_CLIENT_SECRET or MCP_BACKEND_CLIENT_SECRET_FILE instead",
    ],
  ]);
});
