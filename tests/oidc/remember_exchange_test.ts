import assert from "node:assert/strict";
import { redact } from "../../src/base/redactor.ts";
import {
  rememberAnswer,
  rememberParameters,
  rememberRequest,
} from "../../src/oidc/remember_exchange.ts";

/** Every value here is of a test of its own: what is remembered once stays. */
const isRemembered = (secret: string) => redact(`a ${secret} b`) === "a [redacted] b";

const names = [
  "access_token",
  "assertion",
  "client_assertion",
  "client_secret",
  "code",
  "code_verifier",
  "device_code",
  "id_token",
  "id_token_hint",
  "refresh_token",
  "subject_token",
  "registration_access_token",
  "token",
];

Deno.test("what a request says in confidence is remembered, parameter by parameter", () => {
  const body = new URLSearchParams(names.map((name) => [name, `request-${name}-1f9c`]));
  body.set("scope", "request-scope-1f9c");
  rememberRequest({ body });
  for (const name of names) assert.ok(isRemembered(`request-${name}-1f9c`), name);
  assert.ok(!isRemembered("request-scope-1f9c"));
  rememberRequest({ body: '{"code":"in-a-text-1f9c"}' });
  assert.ok(!isRemembered("in-a-text-1f9c"));
});

Deno.test("what the header fields of a request show is remembered", () => {
  rememberRequest({
    headers: { dpop: "header.dpop-proof.1f9c", authorization: "Bearer header-bearer-1f9c" },
  });
  assert.ok(isRemembered("header.dpop-proof.1f9c"));
  assert.ok(isRemembered("header-bearer-1f9c"));
  for (const scheme of ["Basic", "basic"]) {
    const credentials = btoa(`client:a%2B${scheme}:secret-1f9c`);
    rememberRequest({ headers: { authorization: `${scheme} ${credentials}` } });
    assert.ok(isRemembered(credentials));
    assert.ok(isRemembered(`a%2B${scheme}:secret-1f9c`));
    assert.ok(!isRemembered(`client:`));
  }
  // Not as Basic: nothing is decoded.
  rememberRequest({ headers: { authorization: `Other ${btoa("client:not-decoded-1f9c")}` } });
  assert.ok(!isRemembered("not-decoded-1f9c"));
  for (const scheme of ["Basics", "HttpBasic"]) {
    const credentials = btoa(`client:not-decoded-${scheme}-1f9c`);
    rememberRequest({ headers: { authorization: `${scheme} ${credentials}` } });
    assert.ok(isRemembered(credentials));
    assert.ok(!isRemembered(`not-decoded-${scheme}-1f9c`));
  }
  rememberRequest({ headers: { authorization: "Digest first-1f9c last-of-three-1f9c" } });
  assert.ok(!isRemembered("last-of-three-1f9c"));
  rememberRequest({ headers: { authorization: "one-word-1f9c" } });
  rememberRequest({ headers: { authorization: "Digest three-words-1f9c more" } });
  assert.ok(!isRemembered("one-word-1f9c"));
  assert.ok(!isRemembered("three-words-1f9c"));
  rememberRequest({});
});

Deno.test("what comes back to the redirect URL is remembered, a signed response too", () => {
  rememberParameters(new URLSearchParams({ code: "back-code-1f9c", response: "back-jwt-1f9c" }));
  assert.ok(isRemembered("back-code-1f9c"));
  assert.ok(isRemembered("back-jwt-1f9c"));
});

Deno.test("what an answer in JSON brings is remembered, and nothing else is read", () => {
  const answer = (value: unknown) =>
    rememberAnswer(
      new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value)),
    );
  answer({
    ...Object.fromEntries(names.map((name) => [name, `answer-${name}-1f9c`])),
    scope: "answer-scope-1f9c",
  });
  for (const name of names) assert.ok(isRemembered(`answer-${name}-1f9c`), name);
  assert.ok(!isRemembered("answer-scope-1f9c"));
  for (const nothing of ["{", "null", "7", '{"code":7}', ""]) answer(nothing);
});

Deno.test("what is used once makes no room for itself among what lasts", () => {
  /** Whether a value is still known after so many others of its kind. */
  const lasts = (kind: string, remember: (value: string) => void) => {
    for (let count = 0; count < 70; count++) remember(`${kind}-no-${count}-1f9c`);
    return isRemembered(`${kind}-no-0-1f9c`);
  };
  assert.equal(lasts("proof", (dpop) => rememberRequest({ headers: { dpop } })), false);
  for (const name of [...names, "response"]) {
    assert.equal(
      lasts(`lasting-${name}`, (value) => rememberParameters(new URLSearchParams([[name, value]]))),
      ["client_secret", "refresh_token", "token"].includes(name),
      name,
    );
  }
  const credentials = (value: string) =>
    rememberRequest({ headers: { authorization: `Bearer ${value}` } });
  assert.equal(lasts("bearer", credentials), true);
});
