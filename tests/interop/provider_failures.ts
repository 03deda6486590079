/**
 * What is known to fail at providers: by counterpart and flow, the case of the list of inputs that
 * this program is to be made fit for, or "new" with what happens and what would be right.
 */
export const providerFailures: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  keycloak: {
    "wrong redirect URL, doctor": "C9",
    "unknown client, doctor": "C9",
  },
  "spring-authorization-server": {
    "wrong redirect URL, doctor": "C9",
    "unknown client, doctor": "C9",
    "doctor, nothing wrong": "F6",
    "doctor, no refresh token": "E7",
  },
  "django-oauth-toolkit": {
    "wrong redirect URL, doctor": "C9",
    "unknown client, doctor": "C9",
  },
  glewlwyd: {
    "wrong redirect URL, doctor": "C9",
    "unknown client, doctor": "C9",
    "doctor, nothing wrong": "F6",
  },
  "oidc-provider": {
    "wrong redirect URL, doctor": "C9",
    "unknown client, doctor": "C9",
  },
  "oidc-provider-strict": {
    "wrong redirect URL, doctor": "C9",
    "unknown client, doctor": "C9",
  },
};
