import assert from "node:assert/strict";
import { providerGuide } from "../../../src/cli/setup/provider_guides.ts";

/** Each provider by issuers of it, and what looks like them and is somebody else's. */
const providers: { page: string; issuers: string[]; others: string[] }[] = [
  {
    page: "entra-id",
    issuers: [
      "https://login.microsoftonline.com/72f988bf/v2.0",
      "https://login.microsoftonline.us/72f988bf/v2.0",
      "https://sts.windows.net/72f988bf/",
      "https://eu.login.microsoftonline.com/72f988bf/v2.0",
    ],
    others: [
      "https://login.microsoftonline.com.evil.example/x/v2.0",
      "https://evillogin.microsoftonline.com/x/v2.0",
    ],
  },
  {
    page: "auth0",
    issuers: ["https://company.eu.auth0.com/"],
    others: ["https://notauth0.com/", "https://company.auth0.com.evil.example/"],
  },
  {
    page: "okta",
    issuers: [
      "https://company.okta.com/oauth2/default",
      "https://company.oktapreview.com",
      "https://company.okta-emea.com",
    ],
    others: [
      "https://okta.com.evil.example/",
      "https://x.okta.com.evil.example/",
      "https://notokta.com/",
    ],
  },
  {
    page: "cognito",
    issuers: [
      "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_abc",
      "https://cognito-idp.cn-north-1.amazonaws.com.cn/cn-north-1_abc",
    ],
    others: [
      "https://evil-cognito-idp.x.amazonaws.com/x",
      "https://cognito-idp.x.amazonaws.com.evil.example/x",
    ],
  },
  {
    page: "google",
    issuers: ["https://accounts.google.com"],
    others: ["https://evilaccounts.google.com", "https://accounts.google.com.evil.example"],
  },
  {
    page: "zitadel",
    issuers: ["https://company-x1y2.zitadel.cloud"],
    others: ["https://notzitadel.cloud", "https://x.zitadel.cloud.evil.example"],
  },
  {
    page: "onelogin",
    issuers: ["https://company.onelogin.com/oidc/2"],
    others: ["https://notonelogin.com/oidc/2", "https://x.onelogin.com.evil.example/oidc/2"],
  },
  {
    page: "jumpcloud",
    issuers: ["https://oauth.id.jumpcloud.com/"],
    others: ["https://x.oauth.id.jumpcloud.com/", "https://oauth.id.jumpcloud.com.evil.example/"],
  },
  {
    page: "ping",
    issuers: ["com", "eu", "ca", "asia", "sg", "com.au"]
      .map((end) => `https://auth.pingone.${end}/72f988bf/as`),
    others: [
      "https://auth.pingone.com.evil.example/x/as",
      "https://x.auth.pingone.com/x/as",
      "https://auth.pingone.test/x/as",
    ],
  },
  {
    page: "gitlab",
    issuers: ["https://gitlab.com"],
    others: ["https://notgitlab.com", "https://gitlab.com.evil.example"],
  },
  {
    page: "adfs",
    issuers: ["https://adfs.company.com/adfs", "https://adfs.company.com/adfs/"],
    others: ["https://adfs.company.com/x/adfs", "https://adfs.company.com/adfs/x"],
  },
  {
    page: "forgerock",
    issuers: [
      "https://am.company.com/am/oauth2/realms/root/realms/alpha",
      "https://am.company.com/am/oauth2/realms/root/realms/alpha/",
    ],
    others: ["https://am.company.com/am/oauth2/realms/root/x"],
  },
  {
    page: "keycloak",
    issuers: ["https://sso.company.com/realms/main", "https://sso.company.com/auth/realms/main/"],
    others: ["https://sso.company.com/realms/main/x", "https://sso.company.com/realms/"],
  },
  {
    page: "authentik",
    issuers: ["https://id.company.com/application/o/tools/"],
    others: [
      "https://id.company.com/application/o/tools/x",
      "https://id.company.com/application/o",
    ],
  },
];

for (const { page, issuers, others } of providers) {
  Deno.test(`setup knows ${page} by its issuer, and its page is there`, async () => {
    for (const issuer of issuers) assert.equal(providerGuide(new URL(issuer))?.page, page, issuer);
    await Deno.stat(new URL(`../../../docs/providers/${page}.md`, import.meta.url));
  });

  Deno.test(`setup takes no stranger for ${page}`, () => {
    for (const issuer of others) assert.equal(providerGuide(new URL(issuer)), undefined, issuer);
  });
}

Deno.test("what is peculiar to a provider is told, all of it", () => {
  const notes = providers.map(({ page, issuers: [issuer] }): [string, number] => {
    const { notes } = providerGuide(new URL(issuer))!;
    for (const note of notes) assert.match(note, /^\S.*[^.\s]$/);
    return [page, notes.length];
  });
  assert.deepEqual(Object.fromEntries(notes), {
    "entra-id": 2,
    auth0: 2,
    okta: 1,
    cognito: 1,
    google: 2,
    zitadel: 1,
    onelogin: 1,
    jumpcloud: 2,
    ping: 1,
    gitlab: 2,
    adfs: 1,
    forgerock: 1,
    keycloak: 1,
    authentik: 1,
  });
});

Deno.test("setup takes no stranger for a provider that it knows", () => {
  assert.equal(providerGuide(new URL("https://auth.company.com")), undefined);
});
