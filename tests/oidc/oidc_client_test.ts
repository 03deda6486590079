import assert from "node:assert/strict";
import { startProvider } from "../support/provider.ts";
import { createRig } from "./rig.ts";
import { within } from "../support/within.ts";

const { signal } = new AbortController();

Deno.test("more scopes that are asked for during a renewal are in the next sign-in", async () => {
  await using provider = await startProvider({ scopes: ["tools.call"] });
  const old = await createRig(provider).signIn().credential;
  const asked = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  provider.intercept(async ({ endpoint }) => {
    if (endpoint !== "discovery") return undefined;
    asked.resolve();
    await goOn.promise;
    return undefined;
  });
  const { client, signIn } = createRig(provider);
  const refreshed = client.refresh(old, signal);
  await within(asked.promise, { what: "the request for the metadata" });
  client.setStepUp({ scopes: ["tools.call"] });
  goOn.resolve();
  await refreshed;
  const credential = await signIn().credential;
  assert.equal(credential.scope, "openid profile email tools.call");
});
