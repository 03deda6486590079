import { rememberSecret } from "../base/redactor.ts";

/** What is secret among the parameters of a request and the members of an answer. */
const names = [
  "access_token",
  "assertion",
  "client_assertion",
  "client_secret",
  "code",
  "code_verifier",
  "device_code",
  "id_token",
  "id_token_hint",
  "refresh_token",
  "subject_token",
  "registration_access_token",
  "token",
];

/** Has what a request says in confidence taken out of everything that leaves this process. */
export function rememberRequest({ body, headers }: RequestInit): void {
  if (body instanceof URLSearchParams) rememberParameters(body);
  const fields = new Headers(headers);
  rememberSecret(fields.get("dpop") ?? undefined, { isPassing: true });
  const [, scheme, credentials] = /^(\S+)\s+(\S+)$/.exec(fields.get("authorization") ?? "") ?? [];
  rememberSecret(credentials);
  if (!/^basic$/i.test(scheme)) return;
  // As it was encoded before, which differs from the secret itself (RFC 6749 section 2.3.1).
  const pair = atob(credentials);
  rememberSecret(pair.slice(pair.indexOf(":") + 1));
}

/** The same for parameters, such as those that come back to the redirect URL. */
export function rememberParameters(parameters: URLSearchParams): void {
  const lasting = ["client_secret", "refresh_token", "token"];
  for (const name of [...names, "response"]) {
    rememberSecret(parameters.get(name) ?? undefined, { isPassing: !lasting.includes(name) });
  }
}

/** The same for the tokens, codes and secrets that an answer in JSON brings. */
export function rememberAnswer(body: Uint8Array): void {
  let answer: Record<string, unknown> | null;
  try {
    answer = JSON.parse(new TextDecoder().decode(body));
  } catch {
    return;
  }
  for (const name of names) {
    const value = answer?.[name];
    if (typeof value === "string") rememberSecret(value);
  }
}
