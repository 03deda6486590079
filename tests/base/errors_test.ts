import { strictEqual } from "node:assert/strict";
import { asProxyError, describe, errorText, ProxyError } from "../../src/base/errors.ts";
import { rememberSecret } from "../../src/base/redactor.ts";

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

Deno.test("the form adds no second full stop, keeps to one line and stays short", () => {
  const text = (what: string, fix: string) => errorText({ category: "Usage error", what, fix });
  strictEqual(text("it ended.", "try again;"), "Usage error: it ended. Fix: try again.");
  strictEqual(text("a\n\u001b[31mb\n", "do\r\nthis"), "Usage error: a [31mb. Fix: do this.");
  const long = text("x".repeat(1_000_000), "try again");
  strictEqual(long.length < 2_100, true);
  strictEqual(long.endsWith("…. Fix: try again."), true);
});

Deno.test("a text around another error says once what to do", () => {
  const inner = new ProxyError({
    category: "Network error",
    what: "no answer",
    fix: "try again",
    reason: "no_answer",
  });
  strictEqual(describe(inner), "no answer");
  strictEqual(describe(new Error("cannot start", { cause: inner })), "cannot start (no answer)");
});

Deno.test("neither half of an error repeats a secret, whoever reads it", () => {
  rememberSecret("secret-of-this-process");
  const { what, fix, message } = new ProxyError({
    category: "Network error",
    what: "refused secret-of-this-process",
    fix: "ask about secret-of-this-process",
    reason: "test",
  });
  strictEqual(what, "refused [redacted]");
  strictEqual(fix, "ask about [redacted]");
  strictEqual(message, "Network error: refused [redacted]. Fix: ask about [redacted].");
});
