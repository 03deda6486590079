import { strictEqual } from "node:assert/strict";
import { asProxyError, describe, ProxyError } from "../src/errors.ts";

Deno.test("an error is one line: category, what happened, what to do", () => {
  const error = new ProxyError({
    category: "Network error",
    what: "no answer from\nhttps://auth.example",
    fix: "check OIDC_ISSUER_URL",
    reason: "no_answer",
  });
  strictEqual(
    error.message,
    "Network error: no answer from https://auth.example. Fix: check OIDC_ISSUER_URL.",
  );
  strictEqual(asProxyError(error), error);
});

Deno.test("anything else that was thrown is an internal error in words", () => {
  strictEqual(
    asProxyError({ a: 1 }).message,
    "Internal error: an unexpected object was thrown. Fix: run again with --debug and report what it prints.",
  );
  strictEqual(
    describe(new TypeError("fetch failed", { cause: new Error("refused") })),
    "fetch failed (refused)",
  );
  strictEqual(describe(new TypeError("")), "TypeError");
  strictEqual(describe("two\nlines\u001b[31m"), "two lines [31m");
});
