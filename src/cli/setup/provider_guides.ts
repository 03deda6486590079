/** What to click at one kind of provider. */
export interface ProviderGuide {
  /** What people call it. */
  name: string;
  /** Where its clients are registered, in its own words. */
  where: string;
  /** What is peculiar there; one sentence each, without a full stop. */
  notes: readonly string[];
  /** The page of this documentation. */
  page: string;
}

const guides: readonly (ProviderGuide & { hosts: RegExp; path?: RegExp })[] = [
  {
    name: "Microsoft Entra ID",
    hosts: /(?:^|\.)(?:login\.microsoftonline\.com|sts\.windows\.net|login\.microsoftonline\.us)$/,
    where: "App registrations, Authentication, Add Redirect URI, Mobile and desktop applications",
    notes: [
      "allow public client flows, for machines without a browser",
      "ask for your API with OIDC_SCOPES, such as openid offline_access api://your-api/.default; OIDC_RESOURCE is refused",
    ],
    page: "entra-id",
  },
  {
    name: "Auth0",
    hosts: /\.auth0\.com$/,
    where: "Applications, Create Application, Native",
    notes: [
      "set OIDC_AUDIENCE to the identifier of your API, else the access token is not a JWT",
      "switch on Allow Offline Access for the API and add offline_access to OIDC_SCOPES",
    ],
    page: "auth0",
  },
  {
    name: "Okta",
    hosts: /\.(?:okta|oktapreview|okta-emea)\.com$/,
    where: "Applications and Resources, Create App Integration, OIDC, Native Application",
    notes: ["use a custom authorization server as issuer: https://…/oauth2/default"],
    page: "okta",
  },
  {
    name: "AWS Cognito",
    hosts: /^cognito-idp\..*\.amazonaws\.com(?:\.cn)?$/,
    where: "User pool, App clients, Create app client, Mobile app",
    notes: ["register localhost, not 127.0.0.1: Cognito allows plain http for localhost only"],
    page: "cognito",
  },
  {
    name: "Google",
    hosts: /^accounts\.google\.com$/,
    where: "Google Auth Platform, Clients, Create client, Desktop app",
    notes: [
      "Google gives desktop apps a client secret too: set OIDC_CLIENT_SECRET",
      "for a refresh token set OIDC_AUTH_PARAMS to access_type=offline; offline_access is refused",
    ],
    page: "google",
  },
  {
    name: "Zitadel",
    hosts: /\.zitadel\.cloud$/,
    where: "Project, New application, Native, PKCE",
    notes: ["switch on Refresh Token and set the token type to JWT"],
    page: "zitadel",
  },
  {
    name: "OneLogin",
    hosts: /\.onelogin\.com$/,
    where: "Applications, Add App, OpenId Connect (OIDC), Native, None (PKCE)",
    notes: [
      "set OIDC_TOKEN to id unless you have API Authorization: the access token is not a JWT",
    ],
    page: "onelogin",
  },
  {
    name: "JumpCloud",
    hosts: /^oauth\.id\.jumpcloud\.com$/,
    where: "SSO Applications, Add New Application, Custom Application, SSO with OIDC",
    notes: [
      "choose the client authentication type Public (None PKCE) and tick Refresh Token",
      "set OIDC_TOKEN to id: the access token is not for backends of yours",
    ],
    page: "jumpcloud",
  },
  {
    name: "PingOne",
    hosts: /^auth\.pingone\.(?:com|eu|ca|asia|sg|com\.au)$/,
    where: "Applications, Native",
    notes: [
      "ask for a scope of the custom resource that stands for the backend: it decides the audience",
    ],
    page: "ping",
  },
  {
    name: "GitLab",
    hosts: /^gitlab\.com$/,
    where: "Edit profile or a group's Settings, Applications, Add new application",
    notes: [
      "untick Confidential, and tick the scopes openid, profile and email",
      "set OIDC_TOKEN to id: the access token is not a JWT",
    ],
    page: "gitlab",
  },
  {
    name: "AD FS",
    hosts: /./,
    path: /^\/adfs\/?$/,
    where: "AD FS Management, Application Groups, Native application accessing a web API",
    notes: [
      "set OIDC_RESOURCE to the identifier of the Web API, else the token is not for the backend",
    ],
    page: "adfs",
  },
  {
    name: "ForgeRock (PingAM)",
    hosts: /./,
    path: /\/oauth2\/(?:realms\/[^/]+\/?)+$/,
    where: "Applications, OAuth 2.0, Clients, Add Client",
    notes: ["choose the client type Public and the token endpoint authentication method none"],
    page: "forgerock",
  },
  {
    name: "Keycloak",
    hosts: /./,
    path: /\/realms\/[^/]+\/?$/,
    where: "Clients, Create client, OpenID Connect",
    notes: ["leave Client authentication off and Standard flow on"],
    page: "keycloak",
  },
  {
    name: "Authentik",
    hosts: /./,
    path: /\/application\/o\/[^/]+\/?$/,
    where: "Applications, Create with Provider, OAuth2/OpenID Provider",
    notes: ["choose the client type Public and add offline_access to the scopes"],
    page: "authentik",
  },
];

/** The guide for a provider that is known by its issuer. */
export function providerGuide(issuer: URL): ProviderGuide | undefined {
  return guides.find(({ hosts, path }) =>
    hosts.test(issuer.hostname) && (path === undefined || path.test(issuer.pathname))
  );
}
