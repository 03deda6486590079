import assert from "node:assert/strict";
import {
  issuerOfIdToken,
  templateForIssuer,
  unverifiedClaims,
} from "../../../src/oidc/discovery/issuer_template.ts";
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

Deno.test("every host of Entra ID is known, and no other", async () => {
  const hosts = [
    "login.microsoftonline.com",
    "login.microsoftonline.us",
    "login.partner.microsoftonline.cn",
    "login.windows.net",
    "sts.windows.net",
  ];
  for (const host of hosts) {
    assert.ok(await accepted(`https://${host}/common/v2.0`, `https://${host}/{tenantid}/v2.0`));
  }
  const other = "login.microsoftonline.com.evil.test";
  assert.ok(!await accepted(`https://${other}/common/v2.0`, `https://${other}/{tenantid}/v2.0`));
});

Deno.test("a template is an issuer with one tenant in it, and nothing else", async () => {
  const issuer = new URL("https://login.microsoftonline.com/common/v2.0");
  const found = await templateForIssuer(issuer, Response.json({ issuer: template }));
  assert.equal(found?.pathname, "/%7Btenantid%7D/v2.0");
  const none = [
    new Response("no JSON"),
    Response.json(null),
    Response.json({}),
    Response.json({ issuer: 7 }),
    Response.json({ issuer: "{tenantid}" }),
    Response.json({ issuer: `${template}/more` }),
    Response.json({ issuer: "https://login.microsoftonline.com/{tenantid}" }),
    Response.json({ issuer: `${template}?{tenantid}` }),
  ];
  for (const response of none) assert.equal(await templateForIssuer(issuer, response), undefined);
});

Deno.test("a template in the place of a template is none", async () => {
  const asked = "https://x.test/{tenantid}/common";
  assert.ok(!await accepted(asked, "https://x.test/{tenantid}/{tenantid}", true));
});

Deno.test("a tenant is a word of at most 64 characters", () => {
  const token = (tid: unknown) => `x.${btoa(JSON.stringify({ tid })).replace(/=+$/, "")}.x`;
  const filled = (tid: string) => issuerOfIdToken("https://x.test/{tenantid}/v2.0", token(tid));
  assert.equal(filled("a_b.c-1"), "https://x.test/a_b.c-1/v2.0");
  assert.equal(filled("x".repeat(64)), `https://x.test/${"x".repeat(64)}/v2.0`);
  for (const tid of ["x".repeat(65), "x/", "/x", "x y"]) {
    assert.equal(filled(tid), "https://x.test/{tenantid}/v2.0", tid);
  }
  assert.equal(issuerOfIdToken("https://x.test/", token("t")), "https://x.test/");
});

Deno.test("what a JWT says is read in whatever letters, and nothing where there is none", () => {
  const claims = { name: "ä~ÿ?>", sub: "ü" };
  const part = btoa(String.fromCharCode(...new TextEncoder().encode(JSON.stringify(claims))))
    .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  assert.match(part, /[-_]/);
  assert.deepEqual(unverifiedClaims(`x.${part}.x`), claims);
  for (const token of ["", "opaque", "a.!.c", `x.${btoa("null")}.x`, `x.${btoa("7")}.x`]) {
    assert.deepEqual(unverifiedClaims(token), {}, token);
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
