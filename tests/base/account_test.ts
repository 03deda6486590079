import assert from "node:assert/strict";
import { accountName } from "../../src/base/account.ts";

Deno.test("accountName prefers what a person recognises, and takes nothing but text", () => {
  const claims = { sub: "8f2c", name: "Ada", preferred_username: "ada", email: "ada@example.com" };
  assert.equal(accountName(claims), "ada@example.com");
  assert.equal(accountName({ ...claims, email: " " }), "ada");
  assert.equal(accountName({ ...claims, email: 1, preferred_username: null }), "Ada");
  assert.equal(accountName({ sub: "8f2c" }), "8f2c");
  assert.equal(accountName({}), undefined);
  assert.equal(accountName(undefined), undefined);
});
