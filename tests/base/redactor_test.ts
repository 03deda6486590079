import assert from "node:assert/strict";
import { excerpt, excerpts } from "../../src/base/excerpt.ts";
import { createRedactor, rememberSecret } from "../../src/base/redactor.ts";

const secret = 's3cret/+: %&=~"quoted\\and more of it';
const forms: Record<string, string> = {
  "as it is": secret,
  "URL-encoded": encodeURIComponent(secret),
  "as a form": new URLSearchParams({ s: secret }).toString().slice(2),
  "in JSON": JSON.stringify(secret).slice(1, -1),
  "in base64": btoa(secret),
  "in base64 behind a user": btoa(`user:${secret}`),
  "in base64url": btoa(secret).replaceAll("+", "-").replaceAll("/", "_"),
  "in capitals": secret.toUpperCase(),
  "cut off": secret.slice(0, 30),
  "cut off at 24 characters": secret.slice(0, 24),
};
for (const [how, form] of Object.entries(forms)) {
  Deno.test(`a secret is taken out ${how}`, () => {
    const { remember, redact } = createRedactor();
    remember(secret);
    const text = redact(`before ${form} behind`);
    assert(!text.includes(form.slice(4, 20)), text);
    assert.match(text, /^before \S*\[redacted\]\S* ?behind$/);
  });
}

Deno.test("what is too short to be a secret stays", () => {
  const { remember, redact } = createRedactor();
  remember("token");
  assert.equal(redact("the token was refused"), "the token was refused");
});

Deno.test("secrets that touch or overlap leave nothing between them", () => {
  const { remember, redact } = createRedactor();
  remember("abcdefghij");
  remember("fghijklmno");
  assert.equal(redact("x abcdefghijklmno y"), "x [redacted] y");
});

Deno.test("the number of values is bounded, and the latest are known", () => {
  const { remember, redact } = createRedactor();
  const name = (index: number) => `secret-number-${String(index).padStart(5, "0")}`;
  for (let index = 0; index < 1_000; index++) remember(name(index));
  assert.equal(redact(name(999)), "[redacted]");
  assert.equal(redact(name(0)), name(0));
  remember("code-of-a-sign-in", { isPassing: true });
  assert.equal(redact("code-of-a-sign-in"), "[redacted]");
});

Deno.test("an excerpt is one bounded line without secrets, not even with half of one", () => {
  rememberSecret("a-secret-of-this-process-that-is-long");
  const text = `${"x".repeat(190)}a-secret-of-this-process-that-is-long\n${"y".repeat(900)}`;
  const shown = excerpt(text);
  assert(shown.length <= 201 && !shown.includes("\n"), shown);
  assert(!shown.includes("a-secr"), shown);
  assert.equal(excerpts(["a", "b", "c"], { maxCount: 2 }), "a, b and 1 more");
});

Deno.test("a secret is taken out of either form of base64", () => {
  const tricky = "~~~???>>>~~~???>>>";
  const plain = btoa(tricky);
  assert.match(plain, /\+.*\//);
  const { remember, redact } = createRedactor();
  remember(tricky);
  assert.equal(redact(plain), "[redacted]");
  assert.equal(redact(plain.replaceAll("+", "-").replaceAll("/", "_")), "[redacted]");
});
