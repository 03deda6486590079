import assert from "node:assert/strict";
import { requestedScope } from "../../../src/oidc/flows/requested_scope.ts";

Deno.test("a scope parameter is left out where nothing is asked for", () => {
  assert.equal(requestedScope(["openid", "a"]), "openid a");
  assert.equal(requestedScope(["a"]), "a");
  assert.equal(requestedScope([]), undefined);
});
