import assert from "node:assert/strict";
import { startProvider } from "../support/provider.ts";
import { createRig, failure } from "./rig.ts";
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

Deno.test("no tab opens at a provider that has gone down since it was asked for its metadata", async () => {
  await using provider = await startProvider();
  const { client, signIn, lines } = createRig(provider);
  await client.metadata(new AbortController().signal);
  provider.intercept(() => ({ status: 503 }));
  const error = await failure(signIn().credential);
  assert.equal(error.reason, "provider_down");
  assert.equal(error.transient, true);
  assert.ok(!lines.join("").includes("opening the browser"));
});
