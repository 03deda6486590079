import assert from "node:assert/strict";
import { signInAsClient } from "../../../src/oidc/flows/client_credentials_flow.ts";
import { failure } from "../rig.ts";
import {
  type Answer,
  refusal,
  type Script,
  scriptedProvider,
  tokens,
} from "../scripted_provider.ts";

async function signIn(
  options: Script["options"],
  { answer = tokens(), signal = new AbortController().signal }: {
    answer?: Answer;
    signal?: AbortSignal;
  } = {},
) {
  const provider = scriptedProvider({
    answers: { "/token": answer },
    options: { flow: "client-credentials", clientSecret: "secret", ...options },
  });
  const credential = signInAsClient(await provider.connect(), signal);
  credential.catch(() => {});
  return { credential, provider };
}

Deno.test("a program asks as itself, for nothing that speaks of a person", async () => {
  const rows: [Script["options"], Record<string, string>][] = [
    [{ scopes: [] }, {}],
    [{ scopes: ["openid", "profile", "offline_access"] }, {}],
    [{ scopes: ["openid", "mcp:read", "email", "mcp:write"] }, { scope: "mcp:read mcp:write" }],
    [{ scopes: ["mcp:read"], audience: "https://mcp.test" }, {
      scope: "mcp:read",
      audience: "https://mcp.test",
    }],
    [{ scopes: [], resource: "r", tokenParameters: { tenant: "t" } }, {
      resource: "r",
      tenant: "t",
    }],
  ];
  for (const [options, parameters] of rows) {
    const { credential, provider } = await signIn(options);
    assert.equal((await credential).accessToken, "access");
    const [{ form, headers }, ...others] = provider.sentTo("/token");
    assert.deepEqual(Object.fromEntries(form), { grant_type: "client_credentials", ...parameters });
    assert.equal(headers.get("authorization"), `Basic ${btoa("client:secret")}`);
    assert.equal(headers.has("dpop"), false);
    assert.equal(others.length, 0);
  }
});

Deno.test("its tokens are bound to a key where that is wanted", async () => {
  const { credential } = await signIn({ dpop: true }, { answer: tokens({ token_type: "DPoP" }) });
  const { tokenType, dpopKey } = await credential;
  assert.deepEqual([tokenType, dpopKey?.crv], ["DPoP", "P-256"]);
});

Deno.test("a refusal is told in its words", async () => {
  const { credential } = await signIn({}, { answer: refusal("invalid_client", "no", 401) });
  const error = await failure(credential);
  assert.equal(
    error.what,
    "https://auth.test answered the client credentials request with invalid_client: no",
  );
  assert.match(error.fix, /sent by client_secret_basic/);
  const other = await signIn({ resource: "r" }, { answer: refusal("invalid_target") });
  assert.match((await failure(other.credential)).fix, /^set OIDC_RESOURCE=none/);
});

Deno.test("whoever ends it hears their own reason", async () => {
  const stop = new AbortController();
  stop.abort(new Error("enough"));
  const { credential } = await signIn({}, { signal: stop.signal });
  await assert.rejects(credential, /enough/);
});
