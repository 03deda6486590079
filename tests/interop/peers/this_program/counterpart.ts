import type { Peer } from "../../counterpart.ts";

/** The program of this repository, measured as the others are. */
export default {
  name: "peer-this",
  title: "this program",
  versions: {},
  toolchains: [],
  quick: true,
  files: [],
  install: () => Promise.resolve(),
  ways: {
    "browser": ({ url, provider }) => ({
      args: [url.href],
      env: {
        OIDC_ISSUER_URL: provider.issuer,
        OIDC_CLIENT_ID: provider.clientId,
        OIDC_REDIRECT_URL: provider.redirectUrl.href,
      },
    }),
    "advertised": ({ url, provider }) => ({
      args: [url.href],
      env: { OIDC_REDIRECT_URL: provider.redirectUrl.href },
    }),
    "device code": ({ url, provider, deviceClientId }) => ({
      args: [url.href],
      env: {
        OIDC_FLOW: "device",
        OIDC_ISSUER_URL: provider.issuer,
        OIDC_CLIENT_ID: deviceClientId,
      },
    }),
    "client credentials": ({ url, provider, service }) => ({
      args: [url.href],
      env: {
        OIDC_FLOW: "client-credentials",
        OIDC_ISSUER_URL: provider.issuer,
        OIDC_CLIENT_ID: service.id,
        OIDC_CLIENT_SECRET: service.secret,
      },
    }),
  },
} satisfies Peer;
