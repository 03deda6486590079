import assert from "node:assert/strict";
import { withoutClientId } from "../../../src/oidc/client_options.ts";
import { clientOrigin } from "../../../src/oidc/registration/client_origin.ts";
import type { DiscoveringClientOptions } from "../../../src/oidc/registration/discovery_options.ts";
import { registrationsIn } from "../../../src/oidc/registration/registrations.ts";
import { failure } from "../rig.ts";
import { createSurroundings, issuer, type Surroundings } from "./discovering.ts";

const how = { signal: new AbortController().signal, maxAge: 60_000 };
const clientMetadataUrl = new URL("https://me.test/client.json");

async function origin(changes: Partial<DiscoveringClientOptions>, given?: Surroundings) {
  const surroundings = createSurroundings(given);
  const found = await clientOrigin(surroundings.options(changes), how);
  const posts = surroundings.network.sent.filter(({ url }) => url.pathname === "/register");
  assert.deepEqual(posts, [], "nobody is registered");
  return { found, asked: surroundings.network.urls() };
}

Deno.test("a client id that is set is known without asking anybody", async () => {
  for (
    const changes of [
      { clientId: "mine" },
      { clientId: "mine", clientSecret: "s", issuerUrl: new URL(issuer) },
      { clientId: "mine", clientMetadataUrl, flow: "workload" as const },
    ]
  ) {
    assert.deepEqual(await origin(changes), {
      found: { from: "settings", clientId: "mine" },
      asked: [],
    });
  }
});

Deno.test("a client secret is for no provider that only the backend names", async () => {
  const error = await failure(origin({ clientId: "mine", clientSecret: "s" }));
  assert.equal(error.reason, "issuer_missing");
  assert.match(error.fix, /gave you the client secret: to https:\/\/auth\.test\//);
});

Deno.test("a workload needs no client", async () => {
  assert.deepEqual(await origin({ flow: "workload" }), {
    found: { from: "settings", clientId: withoutClientId },
    asked: [],
  });
});

Deno.test("the URL of a metadata document counts where the provider takes such", async () => {
  const takes = { metadata: { client_id_metadata_document_supported: true } };
  const { found } = await origin({ clientMetadataUrl }, takes);
  assert.deepEqual(found, { from: "document", clientId: clientMetadataUrl.href });
  assert.deepEqual((await origin({ clientMetadataUrl })).found, { from: "new registration" });
  assert.deepEqual((await origin({}, takes)).found, { from: "new registration" });
});

Deno.test("a registration that was made counts before a new one", async () => {
  const surroundings = createSurroundings({ metadata: { registration_endpoint: undefined } });
  const options = surroundings.options();
  assert.deepEqual(await clientOrigin(options, how), { from: "nowhere" });
  const { redirectUrls } = options;
  await registrationsIn(surroundings.notes, { issuer, redirectUrls })
    .keep({ clientId: "one", method: "none" });
  assert.deepEqual(await clientOrigin(options, how), { from: "registration", clientId: "one" });
});

Deno.test("a registration endpoint that must not be used is told", async () => {
  const error = await failure(
    origin({}, { metadata: { registration_endpoint: "http://insecure.test/" } }),
  );
  assert.equal(error.reason, "unsafe_endpoint");
  assert.match(error.what, /as its registration_endpoint, which is not https$/);
});

Deno.test("an initial access token is for no provider that only the backend names", async () => {
  const readRegistrationToken = () => Promise.resolve("secret");
  const error = await failure(origin({ readRegistrationToken }));
  assert.equal(error.reason, "issuer_missing");
  assert.match(error.fix, /gave you the initial access token: to https:\/\/auth\.test\//);
  const { found } = await origin({ readRegistrationToken, issuerUrl: new URL(issuer) });
  assert.deepEqual(found, { from: "new registration" });
});
