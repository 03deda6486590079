/**
 * What is known to fail at providers: by counterpart and flow, the case of the list of inputs that
 * this program is to be made fit for, or "new" with what happens and what would be right.
 */
export const providerFailures: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  keycloak: {
    "account switch": "B18",
    "wrong redirect URL, doctor": "C9",
    "unknown client, doctor": "C9",
  },
  "spring-authorization-server": {
    "account switch": "B18",
    "wrong redirect URL, doctor": "C9",
    "unknown client, doctor": "C9",
    "registration, then logout": "E2",
    "doctor, nothing wrong": "F6",
    "doctor, no refresh token": "E7",
  },
  "django-oauth-toolkit": {
    "account switch": "B18",
    "wrong redirect URL, doctor": "C9",
    "unknown client, doctor": "C9",
    "registration, then logout": "F1",
  },
  "oidc-provider": {
    "account switch": "B18",
    "wrong redirect URL, doctor": "C9",
    "unknown client, doctor": "C9",
  },
  "oidc-provider-strict": {
    "account switch": "B18",
    "wrong redirect URL, doctor": "C9",
    "unknown client, doctor": "C9",
  },
};
