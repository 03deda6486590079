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

Deno.test("256 values that last and 64 that pass are known, neither in place of the other", () => {
  const { remember, redact } = createRedactor();
  const isKnown = (value: string) => redact(value) === "[redacted]";
  const name = (kind: string, index: number) => `${kind}-number-${String(index).padStart(5, "0")}`;
  for (let index = 0; index < 257; index++) remember(name("lasting", index));
  for (let index = 0; index < 65; index++) remember(name("passing", index), { isPassing: true });
  assert.deepEqual([0, 1, 256].map((index) => isKnown(name("lasting", index))), [
    false,
    true,
    true,
  ]);
  assert.deepEqual([0, 1, 64].map((index) => isKnown(name("passing", index))), [false, true, true]);
  // One that is told again is the latest again.
  remember(name("lasting", 1));
  remember(name("lasting", 257));
  assert.deepEqual([1, 2, 3].map((index) => isKnown(name("lasting", index))), [true, false, true]);
});

Deno.test("values of 2 Mi characters are known, and one that is told again counts once", () => {
  for (const isPassing of [false, true]) {
    const { remember, redact } = createRedactor();
    const isKnown = (value: string) => redact(value) === "[redacted]";
    const long = (kind: string, length: number) => kind.repeat(length);
    remember("the-first-of-all", { isPassing });
    const half = long("b", 1 << 19);
    for (let time = 0; time < 5; time++) remember(half, { isPassing });
    assert.ok(isKnown("the-first-of-all"));
    // To the last character.
    remember(long("c", (1 << 19) - "the-first-of-all".length), { isPassing });
    assert.ok(isKnown("the-first-of-all"));
    remember("one-more-value", { isPassing });
    assert.ok(!isKnown("the-first-of-all"));
    assert.ok(isKnown("one-more-value"));
    // What was forgotten counts no more.
    remember("and-another", { isPassing });
    assert.ok(isKnown("one-more-value"));
  }
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

for (const before of ["", "a", "ab", "abc"]) {
  Deno.test(`a secret is taken out of base64 behind ${before.length} characters`, () => {
    const { remember, redact } = createRedactor();
    remember(secret);
    const text = redact(btoa(`${before}${secret}`));
    assert.match(text, /^\S{0,4}\[redacted\]\S{0,4}$/);
  });
}

Deno.test("a value of eight characters is a secret, in a text that is no longer, too", () => {
  const { remember, redact } = createRedactor();
  remember(undefined);
  remember("1234567");
  remember("abcdefgh");
  assert.equal(redact("1234567 abcdefgh"), "1234567 [redacted]");
  assert.equal(redact("abcdefgh"), "[redacted]");
  assert.equal(redact("abcdefg"), "abcdefg");
  assert.equal(redact(""), "");
});

Deno.test("a secret is taken out wherever it stands, and what is between stays", () => {
  const { remember, redact } = createRedactor();
  remember("first-secret");
  remember("second-secret");
  assert.equal(
    redact("first-secret a second-secretfirst-secret b first-secret"),
    "[redacted] a [redacted] b [redacted]",
  );
  assert.equal(redact("first-secre second-secre"), "first-secre second-secre");
});

Deno.test("of a long secret the beginning of 24 characters is taken out, and what follows of it", () => {
  const { remember, redact } = createRedactor();
  const long = "abcdefghijklmnopqrstuvwxyz0123456789";
  remember(long);
  assert.equal(redact(`${long.slice(0, 23)}!`), `${long.slice(0, 23)}!`);
  assert.equal(redact(`${long.slice(0, 24)}!`), "[redacted]!");
  assert.equal(redact(`${long.slice(0, 30)}!${long}?`), "[redacted]![redacted]?");
  assert.equal(redact(`${long}${long}`), "[redacted]");
});

Deno.test("a slash that is escaped in JSON hides no secret", () => {
  const { remember, redact } = createRedactor();
  remember('key/with"quotes');
  assert.equal(redact('{"a":"key\\/with\\"quotes"}'), '{"a":"[redacted]"}');
});

Deno.test("capitals of any alphabet hide no secret, nor does a letter that becomes two", () => {
  const { remember, redact } = createRedactor();
  remember("schlüssel-des-hauses");
  assert.equal(redact("der SCHLÜSSEL-DES-HAUSES hier"), "der [redacted] hier");
  remember("another-secret-of-it");
  assert.equal(
    redact("İİİ ANOTHER-SECRET-OF-IT Another-Secret-Of-It İ"),
    "İİİ [redacted] [redacted] İ",
  );
});

Deno.test("a form that is too short to be a secret stays, however long the secret is", () => {
  const { remember, redact } = createRedactor();
  remember("abcdefgh");
  // The part of base64 that tells nothing of its neighbours.
  const inner = btoa("xabcdefgh").slice(2, 8);
  assert.equal(redact(`so ${inner} stays here`), `so ${inner} stays here`);
});
