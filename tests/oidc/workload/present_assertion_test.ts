import assert from "node:assert/strict";
import type { OidcClientOptions } from "../../../src/oidc/client_options.ts";
import { authenticateByAssertion } from "../../../src/oidc/workload/authenticate_by_assertion.ts";
import {
  presentAssertion,
  type Presentation,
} from "../../../src/oidc/workload/present_assertion.ts";
import { failure } from "../rig.ts";
import { unsignedJwt } from "../unsigned_jwt.ts";

const now = Date.UTC(2026, 10, 26);
const issuer = "https://auth.test";

function presentation(
  claims: Record<string, unknown>,
  { server = {}, ...options }: Partial<OidcClientOptions> & {
    server?: Partial<Presentation["server"]>;
  } = {},
) {
  const asked: { audience: string; signal: AbortSignal }[] = [];
  return {
    asked,
    presentation: {
      server: { issuer, token_endpoint: `${issuer}/token`, ...server },
      options: {
        workload: {
          use: "grant",
          readAssertion(request) {
            asked.push(request);
            return Promise.resolve({ token: unsignedJwt(claims), origin: "the file /token" });
          },
        },
        ...options,
      } as OidcClientOptions,
      providerNow: () => now,
    } satisfies Presentation,
  };
}

Deno.test("a JWT is asked for the provider and told with what it says", async () => {
  const { signal } = new AbortController();
  const claims = { sub: "s", aud: "anything", exp: now / 1000 };
  const { presentation: given, asked } = presentation(claims);
  assert.deepEqual(await presentAssertion(given, signal), {
    token: unsignedJwt(claims),
    origin: "the file /token",
    claims,
  });
  assert.deepEqual(asked, [{ audience: issuer, signal }]);
  assert.equal(asked[0]!.signal, signal);
});

Deno.test("one that has ended by the provider's clock is not presented", async () => {
  const { presentation: given } = presentation({ exp: now / 1000 - 6 });
  const error = await failure(presentAssertion(given, new AbortController().signal));
  assert.equal(error.reason, "assertion_expired");
});

Deno.test("a provider that the backend alone names is shown only what is for it", async () => {
  const { signal } = new AbortController();
  const present = (aud: string, server: Partial<Presentation["server"]> = {}) =>
    presentAssertion(
      presentation({ aud }, { oauthMetadataFirst: true, server }).presentation,
      signal,
    );
  await present(issuer);
  await present(`${issuer}/token`);
  await present(issuer, { token_endpoint: undefined });
  const error = await failure(present("https://else.test"));
  assert.equal(error.reason, "assertion_audience");
  assert.match(error.what, /the backend alone names https:\/\/auth\.test/);
  assert.equal(
    (await failure(present("https://else.test", { token_endpoint: undefined }))).reason,
    "assertion_audience",
  );
});

Deno.test("without any place of a JWT, the setting is named", async () => {
  const { presentation: given } = presentation({}, { workload: undefined });
  const error = await failure(presentAssertion(given, new AbortController().signal));
  assert.equal(
    error.message,
    "Configuration error: nothing says how this workload signs in. Fix: set OIDC_ASSERTION_FILE, and " +
      "OIDC_WORKLOAD_AS if it is no grant.",
  );
  assert.equal(error.reason, "assertion_missing");
});

Deno.test("a client is authenticated by a JWT that is read anew for each request", async () => {
  const { presentation: given, asked } = presentation({ sub: "s" });
  const { signal } = new AbortController();
  const authenticate = authenticateByAssertion({ ...given, signal });
  for (let request = 1; request <= 2; request++) {
    const body = new URLSearchParams({ grant_type: "x" });
    await authenticate(given.server, { client_id: "client" }, body, new Headers());
    assert.deepEqual(Object.fromEntries(body), {
      grant_type: "x",
      client_id: "client",
      client_assertion: unsignedJwt({ sub: "s" }),
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    });
    assert.equal(asked.length, request);
  }
  assert.equal(asked[0]!.signal, signal);
});
