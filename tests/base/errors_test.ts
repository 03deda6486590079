import { deepStrictEqual, strictEqual } from "node:assert/strict";
import {
  adviceText,
  asProxyError,
  describe,
  errorText,
  oneLine,
  ProxyError,
  type ProxyErrorDetails,
  reasonIn,
  sentence,
} from "../../src/base/errors.ts";
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

const plain: ProxyErrorDetails = {
  category: "Network error",
  what: "no answer",
  fix: "try again",
  reason: "no_answer",
};

Deno.test("an error says what is known of it, and of the rest that it is not so", () => {
  const facts = ({ category, reason, transient, final, retryAfter, httpStatus }: ProxyError) => ({
    category,
    reason,
    transient,
    final,
    retryAfter,
    httpStatus,
  });
  deepStrictEqual(facts(new ProxyError(plain)), {
    category: "Network error",
    reason: "no_answer",
    transient: false,
    final: false,
    retryAfter: undefined,
    httpStatus: undefined,
  });
  const more = { transient: true, final: true, retryAfter: 7, httpStatus: 503 };
  deepStrictEqual(facts(new ProxyError({ ...plain, ...more })), {
    category: "Network error",
    reason: "no_answer",
    ...more,
  });
});

Deno.test("a reason is a word of 80 characters at most, and no secret", () => {
  const reasonOf = (reason: string) => new ProxyError({ ...plain, reason }).reason;
  strictEqual(reasonOf("x".repeat(80)), "x".repeat(80));
  strictEqual(reasonOf(`y${"x".repeat(80)}`), `y${"x".repeat(79)}`);
  rememberSecret("secret-in-a-reason");
  strictEqual(reasonOf("secret-in-a-reason"), "[redacted]");
});

Deno.test("a half of 2,000 characters stays whole, and of a longer one the beginning", () => {
  const whole = `a${"x".repeat(1_999)}`;
  for (const [half, shown] of [[whole, whole], [`${whole}y`, `${whole}…`]]) {
    const { what, fix, message } = new ProxyError({ ...plain, what: half, fix: half });
    deepStrictEqual([what, fix], [shown, shown]);
    strictEqual(message, `Network error: ${shown}. Fix: ${shown}.`);
    strictEqual(sentence(half), `${shown}.`);
  }
});

Deno.test("advice is the same line without a category", () => {
  strictEqual(adviceText({ what: "it is late: ", fix: "go, now" }), "it is late. Fix: go, now.");
});

Deno.test("the word of an error is found by what happened, of the latest 32", () => {
  const make = (what: string, reason: string) => new ProxyError({ ...plain, what, reason });
  make("the oldest of them", "oldest");
  make("the second of them", "second");
  for (let count = 0; count < 29; count++) make(`another one, ${count}`, "other");
  make("the same thing", "before");
  strictEqual(reasonIn("it failed: the oldest of them; the second of them"), "second");
  strictEqual(reasonIn("it failed: the oldest of them"), "oldest");
  make("the same thing", "after");
  strictEqual(reasonIn("it failed: the oldest of them"), undefined);
  strictEqual(reasonIn("it failed: the second of them"), "second");
  strictEqual(reasonIn("the same thing"), "after");
  strictEqual(reasonIn("something else"), undefined);
});

Deno.test("a cause is told unless it has been, or says nothing", () => {
  const caused = (message: string, cause: unknown) => describe(new Error(message, { cause }));
  strictEqual(caused("it failed: refused", new Error("refused")), "it failed: refused");
  strictEqual(caused("it failed", new Error("")), "it failed");
  strictEqual(caused("it failed", "refused"), "it failed");
  strictEqual(caused("", new Error("refused")), "Error (refused)");
  strictEqual(describe(undefined), "an unexpected undefined was thrown");
});

Deno.test("a text from outside becomes one line that reads in one direction", () => {
  strictEqual(oneLine("  a\u0000\u0007b\u0085c\u2028\u2029d\t "), "a b c d");
  strictEqual(oneLine("a\u202eb\u2066\u2069c\u200e\u200f\u061cd\u202ae"), "abcde");
});
