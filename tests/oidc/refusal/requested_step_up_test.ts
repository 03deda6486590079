import assert from "node:assert/strict";
import { rememberSecret } from "../../../src/base/redactor.ts";
import { requestedStepUp } from "../../../src/oidc/refusal/requested_step_up.ts";

/** What is asked for behind this challenge. */
function asked(
  challenge: string,
  { status = 403, held = [], advertised }: {
    status?: number;
    held?: string[];
    advertised?: readonly string[];
  } = {},
) {
  return requestedStepUp({
    status,
    headers: new Headers({ "www-authenticate": challenge }),
    held,
    advertisedScopes: () => Promise.resolve(advertised),
  });
}

const insufficient = 'Bearer error="insufficient_scope"';

Deno.test("scopes that a challenge names are asked for, without those that the token has", async () => {
  assert.deepEqual(await asked(`${insufficient}, scope="a b a"`, { held: ["b"] }), {
    scopes: ["a"],
  });
  assert.equal(await asked(`${insufficient}, scope="a b"`, { held: ["b", "a"] }), undefined);
  // Some name scopes without an error, or in a 401.
  assert.deepEqual(await asked('Bearer scope="a"'), { scopes: ["a"] });
  assert.deepEqual(await asked('Bearer error="invalid_token", scope="a"', { status: 401 }), {
    scopes: ["a"],
  });
  assert.equal(await asked('Bearer error="invalid_token", scope="a"', { status: 403 }), undefined);
  assert.equal(await asked("Basic realm=x"), undefined);
});

Deno.test("scopes of the metadata are asked for where the challenge only says that some are missing", async () => {
  const advertised = ["a b", "c"];
  assert.deepEqual(await asked(insufficient, { advertised }), { scopes: ["a", "b", "c"] });
  assert.deepEqual(await asked(`${insufficient}, scope="d"`, { advertised }), { scopes: ["d"] });
  assert.equal(await asked(insufficient), undefined);
  assert.equal(await asked("Bearer", { advertised }), undefined);
  assert.equal(await asked("Bearer", { advertised, status: 401 }), undefined);
});

Deno.test("more scopes, or longer ones, than a tool needs are not asked for", async () => {
  const many = (count: number) => Array.from({ length: count }, (_, i) => `s${i}`);
  assert.equal((await asked(`${insufficient}, scope="${many(50).join(" ")}"`))?.scopes.length, 50);
  assert.equal(await asked(`${insufficient}, scope="${many(51).join(" ")}"`), undefined);
  for (const [length, isAsked] of [[998, true], [999, false]] as const) {
    const found = await asked(`${insufficient}, scope="a ${"x".repeat(length)}"`);
    assert.equal(found !== undefined, isAsked, `${length}`);
  }
});

Deno.test("what is no scope, or repeats a secret of ours, is left out", async () => {
  rememberSecret("secret-in-a-scope");
  assert.deepEqual(
    await asked(insufficient, {
      advertised: ['q"', "b\\", "ä", "ä!", "~ä", "!", "secret-in-a-scope", "~"],
    }),
    { scopes: ["!", "~"] },
  );
});

Deno.test("another authentication is asked for by its class, its age, or both", async () => {
  const wants = (more: string) =>
    asked(`Bearer error="insufficient_user_authentication"${more}`, { status: 401 });
  assert.deepEqual(await wants(', acr_values="a b"'), { scopes: [], acrValues: "a b" });
  assert.deepEqual(await wants(', acr_values=" a  b äa aä "'), { scopes: [], acrValues: "a b" });
  assert.deepEqual(await wants(', max_age="0"'), { scopes: [], maxAge: 0 });
  assert.deepEqual(await wants(', acr_values="a", max_age="60"'), {
    scopes: [],
    acrValues: "a",
    maxAge: 60,
  });
  assert.deepEqual(await wants(', scope="a", max_age="999999999"'), {
    scopes: [],
    maxAge: 999_999_999,
  });
  for (const nothing of ["", ', max_age="1000000000"', ', max_age="-1"', ', max_age="soon"']) {
    assert.equal(await wants(nothing), undefined, nothing);
  }
  rememberSecret("secret-in-an-acr");
  assert.equal(await wants(', acr_values="secret-in-an-acr"'), undefined);
  assert.equal((await wants(`, acr_values="${"x".repeat(1_000)}"`))?.acrValues?.length, 1_000);
  assert.equal(await wants(`, acr_values="${"x".repeat(1_001)}"`), undefined);
});
