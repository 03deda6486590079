import assert from "node:assert/strict";
import { signInObstacle } from "../../src/app/sign_in_obstacle.ts";

const noTerminal = () => Promise.resolve(undefined);
const terminal = () => Promise.resolve({});

Deno.test("nobody can sign in for a client or a workload that does it by itself", async () => {
  const rows = [
    [
      "workload",
      "the program signs in by the JWT of its platform (workload), and nobody can do that for it",
      "see whether the platform gives it a JWT that the provider accepts, " +
      "or set OIDC_FLOW to auto for a person to sign in",
    ],
    [
      "client-credentials",
      "the client signs in by itself (client-credentials), and nobody can do that for it",
      "see whether the provider accepts its client id and secret, " +
      "or set OIDC_FLOW to auto for a person to sign in",
    ],
  ] as const;
  for (const [oidcFlow, what, fix] of rows) {
    const error = await signInObstacle({ oidcFlow }, { openTerminal: terminal });
    assert.deepEqual(
      { category: error?.category, reason: error?.reason, what: error?.what, fix: error?.fix },
      { category: "Authentication error", reason: "unattended", what, fix },
    );
  }
});

Deno.test("an answer can only be pasted where there is a terminal", async () => {
  const { oidcFlow } = { oidcFlow: "paste" } as const;
  const error = await signInObstacle({ oidcFlow }, { openTerminal: noTerminal });
  assert.equal(error?.reason, "no_terminal");
  assert.equal(await signInObstacle({ oidcFlow }, { openTerminal: terminal }), undefined);
});

for (const oidcFlow of ["auto", "browser", "device"] as const) {
  Deno.test(`a person can sign in by the flow ${oidcFlow} without a terminal`, async () => {
    assert.equal(await signInObstacle({ oidcFlow }, { openTerminal: noTerminal }), undefined);
    assert.equal(await signInObstacle({ oidcFlow }), undefined);
  });
}
