import assert from "node:assert/strict";
import { issuerOfIdToken, templateForIssuer } from "../../../src/oidc/discovery/issuer_template.ts";
import { startHostileProvider } from "../../support/hostile_provider.ts";
import { createRig, failure } from "../rig.ts";

const template = "https://login.microsoftonline.com/{tenantid}/v2.0";
const tid = "72f988bf-86f1-41af-91ab-2d7cd011db47";

async function accepted(issuer: string, named: string, allowed?: boolean): Promise<boolean> {
  const response = Response.json({ issuer: named });
  return await templateForIssuer(new URL(issuer), response, allowed) !== undefined;
}

Deno.test("the template of Entra ID is accepted of its hosts, or with the flag", async () => {
  assert.ok(await accepted("https://login.microsoftonline.com/organizations/v2.0", template));
  assert.ok(await accepted("https://login.microsoftonline.com/common/v2.0", template));
  const foreign = "https://evil.test/{tenantid}/v2.0";
  assert.ok(!await accepted("https://evil.test/common/v2.0", foreign));
  assert.ok(await accepted("https://evil.test/common/v2.0", foreign, true));
});

Deno.test("nothing but the tenant may differ", async () => {
  const issuer = "https://login.microsoftonline.com/common/v2.0";
  for (
    const named of [
      "https://evil.test/{tenantid}/v2.0",
      "https://login.microsoftonline.com/{tenantid}/v1.0",
      "https://login.microsoftonline.com/{tenantid}/{tenantid}/v2.0",
      "https://login.microsoftonline.com/x{tenantid}/v2.0",
      "https://{tenantid}/common/v2.0",
      "https://login.microsoftonline.com/common/v2.0",
    ]
  ) assert.ok(!await accepted(issuer, named), named);
});

Deno.test("the ID token's issuer is the template filled with its tid", () => {
  const token = (claims: object) => `x.${btoa(JSON.stringify(claims)).replace(/=+$/, "")}.x`;
  assert.equal(
    issuerOfIdToken(template, token({ tid })),
    `https://login.microsoftonline.com/${tid}/v2.0`,
  );
  for (const bad of [{}, { tid: "../evil" }, { tid: 7 }, { tid: "" }]) {
    assert.equal(issuerOfIdToken(template, token(bad)), template);
  }
});

Deno.test("a sign-in at several tenants checks the issuer of the token's tenant", async () => {
  const tenants = (issuer: string) => `${issuer}/{tenantid}`;
  const rig = (issuer: string) =>
    createRig({ issuer: `${issuer}/common`, clientId: "authful-test" }, {
      flow: "browser",
      issuerTemplate: true,
      metadataUrl: new URL(`${issuer}/.well-known/openid-configuration`),
    });
  await using good = startHostileProvider(({ metadata, claims }) => {
    const issuer = String(metadata.issuer);
    metadata.issuer = tenants(issuer);
    Object.assign(claims, { tid, iss: `${issuer}/${tid}` });
  });
  const credential = await rig(good.issuer).signIn().credential;
  assert.equal(credential.claims?.iss, `${good.issuer}/${tid}`);
  await using bad = startHostileProvider(({ metadata, claims }) => {
    const issuer = String(metadata.issuer);
    metadata.issuer = tenants(issuer);
    Object.assign(claims, { tid, iss: `${issuer}/another-tenant` });
  });
  assert.equal((await failure(rig(bad.issuer).signIn().credential)).reason, "id_token_iss");
});
