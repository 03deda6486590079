import assert from "node:assert/strict";
import {
  hidden,
  isSettingShown,
  isVariableShown,
  shownArguments,
} from "../../../src/cli/setup/secret_values.ts";

const args: [args: string[], shown: string[]][] = [
  // What follows one of our own flags that may have a secret.
  [["--header", "X-Key: s3cret"], ["--header", hidden]],
  [["--oidc-client-secret", "s3cret"], ["--oidc-client-secret", hidden]],
  [["--oidc-auth-param", "a=s3cret"], ["--oidc-auth-param", hidden]],
  [["--oidc-client-secret=s3cret"], [`--oidc-client-secret=${hidden}`]],
  // Our own that have none, though they sound like it.
  [["--oidc-client-secret-file", "secret"], ["--oidc-client-secret-file", "secret"]],
  [["--oidc-token", "id"], ["--oidc-token", "id"]],
  [["--oidc-token=id"], ["--oidc-token=id"]],
  [["--oidc-client-auth", "none"], ["--oidc-client-auth", "none"]],
  [["--oidc-client-id", "abc"], ["--oidc-client-id", "abc"]],
  // Those of other programs, by their sound.
  ...[
    "--secret",
    "--token",
    "--password",
    "--passwd",
    "--api-key",
    "--apikey",
    "--credential",
    "--credentials",
    "--auth",
    "--headers",
    "--github-token",
    "--API-KEY",
    "-token",
  ].flatMap((flag): [string[], string[]][] => [
    [[flag, "s3cret"], [flag, hidden]],
    [[`${flag}=s3cret`], [`${flag}=${hidden}`]],
  ]),
  [["--token=a=b\nc"], [`--token=${hidden}`]],
  [["--token="], [`--token=${hidden}`]],
  [["--port", "8080"], ["--port", "8080"]],
  [["--port=8080"], ["--port=8080"]],
  [["--author", "ada"], ["--author", "ada"]],
  [["--token-file", "/run/token"], ["--token-file", "/run/token"]],
  [["secret", "of", "--life"], ["secret", "of", "--life"]],
  // What only has such a flag in it.
  [["x--token=a"], ["x--token=a"]],
  [["x --token", "a"], ["x --token", "a"]],
  [["a=b --token=c"], ["a=b --token=c"]],
  // The next flag is no value, whatever ends like one is.
  [["--token", "--port", "8080"], ["--token", "--port", "8080"]],
  [["--token", "s3cret--"], ["--token", hidden]],
  [["--token", "-s3cret"], ["--token", hidden]],
  [["undefined", "--token"], ["undefined", "--token"]],
  [[], []],
];
for (const [given, shown] of args) {
  Deno.test(`of the arguments ${JSON.stringify(given)} the secrets are hidden`, () => {
    assert.deepEqual(shownArguments(given), shown);
  });
}

Deno.test("a variable is shown that is one of ours and no secret", () => {
  const shown = [
    ...["MCP_BACKEND_URL", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET_FILE", "OIDC_SCOPES"],
    ...["OIDC_CLIENT_SECRET", "MCP_PROXY_HEADERS", "GITHUB_TOKEN", "PATH", ""],
  ].filter(isVariableShown);
  assert.deepEqual(shown, [
    "MCP_BACKEND_URL",
    "OIDC_CLIENT_ID",
    "OIDC_CLIENT_SECRET_FILE",
    "OIDC_SCOPES",
  ]);
});

Deno.test("a setting is shown unless it is a secret of ours", () => {
  const shown = [
    ...["backendUrl", "oidcClientId", "oidcClientSecretFile", "ofAnother"],
    ...["oidcClientSecret", "backendClientSecret", "headers", "oidcAuthParams", "oidcTokenParams"],
  ].filter(isSettingShown);
  assert.deepEqual(shown, ["backendUrl", "oidcClientId", "oidcClientSecretFile", "ofAnother"]);
});
