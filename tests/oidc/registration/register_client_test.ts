import assert from "node:assert/strict";
import { registerClient } from "../../../src/oidc/registration/register_client.ts";
import { failure } from "../rig.ts";

const server = {
  issuer: "https://auth.example",
  registration_endpoint: "https://auth.example/register",
};

const register = (answer: () => Response) =>
  registerClient(server, {
    redirectUrls: [new URL("http://127.0.0.1:0/auth/callback")],
    device: false,
    fetch: () => Promise.resolve(answer()),
    signal: new AbortController().signal,
  });

Deno.test("a registration that is answered with 200 and without an expiry counts", async () => {
  const body = { client_id: "abc", client_secret: "s" };
  const client = await register(() => Response.json(body));
  assert.deepEqual(client, { clientId: "abc", clientSecret: "s", method: "auto" });
});

Deno.test("a registration without a client id, or refused, is an error", async () => {
  const nothing = await failure(register(() => Response.json({}, { status: 201 })));
  assert.equal(nothing.reason, "invalid_response");
  const refused = await failure(
    register(() => Response.json({ error: "invalid_redirect_uri" }, { status: 400 })),
  );
  assert.equal(refused.reason, "invalid_redirect_uri");
});
