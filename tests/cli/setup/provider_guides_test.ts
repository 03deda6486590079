import assert from "node:assert/strict";
import { providerGuide } from "../../../src/cli/setup/provider_guides.ts";

const known = {
  "https://login.microsoftonline.com/72f988bf/v2.0": "entra-id",
  "https://company.eu.auth0.com/": "auth0",
  "https://company.okta.com/oauth2/default": "okta",
  "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_abc": "cognito",
  "https://accounts.google.com": "google",
  "https://company-x1y2.zitadel.cloud": "zitadel",
  "https://sso.company.com/realms/main": "keycloak",
  "https://id.company.com/application/o/tools/": "authentik",
  "https://company.onelogin.com/oidc/2": "onelogin",
  "https://oauth.id.jumpcloud.com/": "jumpcloud",
  "https://auth.pingone.com.au/72f988bf/as": "ping",
  "https://gitlab.com": "gitlab",
  "https://adfs.company.com/adfs": "adfs",
  "https://am.company.com/am/oauth2/realms/root/realms/alpha": "forgerock",
};

for (const [issuer, page] of Object.entries(known)) {
  Deno.test(`setup knows ${page} by its issuer, and its page is there`, async () => {
    assert.equal(providerGuide(new URL(issuer))?.page, page);
    await Deno.stat(new URL(`../../../docs/providers/${page}.md`, import.meta.url));
  });
}

Deno.test("setup takes no stranger for a provider that it knows", () => {
  for (
    const issuer of [
      "https://auth.company.com",
      "https://okta.com.evil.example/",
      "https://notauth0.com/",
      "https://login.microsoftonline.com.evil.example/x/v2.0",
      "https://auth.pingone.com.evil.example/x/as",
    ]
  ) assert.equal(providerGuide(new URL(issuer)), undefined, issuer);
});
