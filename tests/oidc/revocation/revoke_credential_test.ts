import assert from "node:assert/strict";
import { startProvider } from "../../support/provider.ts";
import { createRig } from "../rig.ts";

const { signal } = new AbortController();

Deno.test("an ID token in the place of the access token is not taken for revoked", async () => {
  await using provider = await startProvider({ revocation: true });
  const { client, signIn } = createRig(provider, { presentedToken: "id" });
  const credential = await signIn().credential;
  assert.equal(await client.revoke(credential, signal), "refresh token");
  const [sent, ...more] = provider.requests.filter(({ endpoint }) => endpoint === "revocation");
  assert.equal(sent.parameters.get("token"), credential.refreshToken);
  assert.deepEqual(more, []);
});
