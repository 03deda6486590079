import assert from "node:assert/strict";
import {
  exchangeGrants,
  flowNames,
  isUnattendedFlow,
  presentedTokens,
  withoutClientId,
  workloadUses,
} from "../../src/oidc/client_options.ts";

Deno.test("the names that settings may have", () => {
  assert.deepEqual(flowNames, [
    "auto",
    "browser",
    "paste",
    "device",
    "client-credentials",
    "workload",
  ]);
  assert.deepEqual(workloadUses, ["grant", "client", "subject"]);
  assert.deepEqual(exchangeGrants, ["token-exchange", "on-behalf-of"]);
  assert.deepEqual(presentedTokens, ["access", "id"]);
  assert.equal(withoutClientId, "(none)");
});

Deno.test("the program signs in as itself by two of the flows, and not unless told", () => {
  assert.deepEqual(flowNames.filter((flow) => isUnattendedFlow(flow)), [
    "client-credentials",
    "workload",
  ]);
  assert.equal(isUnattendedFlow(), false);
});
