import assert from "node:assert/strict";
import { signInObstacle } from "../../src/app/sign_in_obstacle.ts";

const noTerminal = () => Promise.resolve(undefined);
const terminal = () => Promise.resolve({});

Deno.test("nobody can sign in for a client that does it by itself", async () => {
  const error = await signInObstacle({ oidcFlow: "client-credentials" });
  assert.equal(error?.reason, "unattended");
  assert.match(error.message, /client-credentials.* Fix: /);
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
  });
}
