import assert from "node:assert/strict";
import { answeredMeanwhile, unknownPage } from "../../../src/bridge/start/answered_meanwhile.ts";

Deno.test("what a request without the backend is told", () => {
  assert.equal(answeredMeanwhile.reason, "signed_out");
  assert.equal(
    answeredMeanwhile.message,
    "Backend error: the request was answered without the backend. Fix: send it again when the " +
      "person has signed in.",
  );
  const page = unknownPage("tools/list");
  assert.equal(page.reason, "signed_out");
  assert.equal(
    page.message,
    "Backend error: this page of tools/list is not known before the person has signed in. Fix: " +
      "sign in, then send tools/list without a cursor.",
  );
});
