/** What {@linkcode pluginParameters} is told. */
export interface PluginOptions {
  issuer: string;
  /** The resource that every client may ask a token for. */
  audience: string;
  /** The private key that tokens are signed with, as a JWK with `kid` and `alg`. */
  signingKey: object;
}

/**
 * The parameters of an instance of Glewlwyd's OpenID Connect plugin with everything in it that a
 * client without a browser of its own needs.
 */
export function pluginParameters({ issuer, audience, signingKey }: PluginOptions) {
  return {
    "iss": issuer,
    "oauth-as-iss-id": true,
    "subject-type": "public",
    "allowed-scope": ["openid"],
    "jwks-private": JSON.stringify({ keys: [signingKey] }),
    "jwks-show": true,
    "jwt-type": "rsa",
    "jwt-key-size": "256",
    // It knows no lifetime for a client of its own.
    "access-token-duration": 300,
    "refresh-token-duration": 1_209_600,
    "code-duration": 600,
    "refresh-token-rolling": true,
    "refresh-token-one-use": "always",
    "allow-non-oidc": true,
    "auth-type-code-enabled": true,
    "auth-type-code-revoke-replayed": true,
    "auth-type-token-enabled": false,
    "auth-type-id-token-enabled": true,
    "auth-type-none-enabled": false,
    "auth-type-password-enabled": false,
    "auth-type-client-enabled": true,
    "auth-type-device-enabled": true,
    "auth-type-refresh-enabled": true,
    "device-authorization-expiration": 600,
    "device-authorization-interval": 1,
    "pkce-allowed": true,
    "pkce-method-plain-allowed": false,
    "pkce-required-public-client": true,
    "name-claim": "mandatory",
    "introspection-revocation-allowed": true,
    "introspection-revocation-allow-target-client": true,
    "register-client-allowed": true,
    "register-client-auth-scope": [] as string[],
    "register-client-management-allowed": true,
    "register-resource-default": [audience],
    "session-management-allowed": true,
    "session-cookie-name": "GLEWLWYD2_OIDC_SID",
    "session-cookie-expiration": 2_419_200,
    "resource-allowed": true,
    "resource-scope": {},
    "resource-client-property": "resource",
    "resource-scope-and-client-property": false,
    "request-parameter-allow": true,
    "request-maximum-exp": 3600,
    "client-jwks-parameter": "jwks",
    "client-jwks_uri-parameter": "jwks_uri",
    "oauth-dpop-allowed": true,
    "oauth-dpop-iat-duration": 60,
    "oauth-par-allowed": true,
    "oauth-par-duration": 90,
    "oauth-par-request_uri-prefix": "urn:ietf:params:oauth:request_uri:",
  };
}
