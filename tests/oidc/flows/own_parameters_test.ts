import assert from "node:assert/strict";
import { noTerminal } from "../../../src/oidc/flows/no_terminal.ts";
import { ownAuthorizationParameters } from "../../../src/oidc/flows/own_parameters.ts";
import { personalScopes } from "../../../src/oidc/flows/personal_scopes.ts";

Deno.test("what nobody else may set in an authorization request", () => {
  assert.deepEqual(ownAuthorizationParameters, [
    "audience",
    "client_id",
    "code_challenge",
    "code_challenge_method",
    "dpop_jkt",
    "nonce",
    "redirect_uri",
    "request",
    "request_uri",
    "resource",
    "response_type",
    "scope",
    "state",
  ]);
});

Deno.test("the scopes that speak of a person", () => {
  assert.deepEqual(personalScopes, [
    "openid",
    "profile",
    "email",
    "address",
    "phone",
    "offline_access",
  ]);
});

Deno.test("who has no terminal to paste into is told what to do", () => {
  const { message, reason } = noTerminal();
  assert.equal(
    message,
    "Configuration error: the flow paste needs a terminal, and there is none. Fix: run " +
      "authful-mcp-proxy login in a terminal, or set OIDC_FLOW to browser or device.",
  );
  assert.equal(reason, "no_terminal");
});
