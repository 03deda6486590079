import assert from "node:assert/strict";
import { redact } from "../../src/base/redactor.ts";
import { rememberCredential } from "../../src/base/remember_credential.ts";

Deno.test("every secret of a credential is taken out of what leaves the process", () => {
  rememberCredential({
    accessToken: "access-of-this-test",
    refreshToken: "refresh-of-this-test",
    idToken: "id-token-of-this-test",
    dpopKey: { kty: "EC", x: "public-of-this-test", d: "private-of-this-test" },
    issuer: "https://auth.this.test",
  });
  assert.equal(
    redact(
      "access-of-this-test refresh-of-this-test id-token-of-this-test private-of-this-test " +
        "public-of-this-test https://auth.this.test",
    ),
    "[redacted] [redacted] [redacted] [redacted] public-of-this-test https://auth.this.test",
  );
  rememberCredential({});
});
