import assert from "node:assert/strict";
import { isSameCredential } from "../../src/credentials/is_same_credential.ts";
import { scriptedFlows } from "./scripted_flows.ts";

Deno.test("a credential is the same when its token is, and was got at the same time", () => {
  const one = scriptedFlows().grant({ accessToken: "a", obtainedAt: 1 });
  assert.equal(isSameCredential(one, { ...one, refreshToken: "other" }), true);
  assert.equal(isSameCredential(one, { ...one, accessToken: "b" }), false);
  assert.equal(isSameCredential(one, { ...one, obtainedAt: 2 }), false);
});
