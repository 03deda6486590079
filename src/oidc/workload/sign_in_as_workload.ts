import type { Credential } from "../../base/credential.ts";
import { ProxyError } from "../../base/errors.ts";
import { generateDpopKey } from "../dpop/dpop_key.ts";
import { signInAsClient } from "../flows/client_credentials_flow.ts";
import { personalScopes } from "../flows/personal_scopes.ts";
import type { ProviderConnection } from "../provider_connection.ts";
import { isFinal } from "../exchange/is_final.ts";
import { describeAssertion } from "./check_assertion.ts";
import { type PresentableAssertion, presentAssertion } from "./present_assertion.ts";

/**
 * Signs the program in by the JWT that its platform gave it: as the grant (RFC 7523 section 2.1), as
 * the client's authentication (section 2.2), or as the subject of an exchange (RFC 8693). One
 * request: what is refused is neither sent again nor tried in another way.
 */
export async function signInAsWorkload(
  connection: ProviderConnection,
  signal: AbortSignal,
): Promise<Credential> {
  const { use = "grant" } = connection.options.workload ?? {};
  // Read once more where the client authenticates by it: what is refused is said of this one.
  const assertion = await presentAssertion(connection, signal);
  try {
    switch (use) {
      case "client":
        return await signInAsClient(connection, signal);
      case "grant":
        return await byGrant(connection, assertion, signal);
      case "subject":
        return await byExchange(connection, assertion, signal);
    }
  } catch (error) {
    throw withAssertion(error, { assertion, connection });
  }
}

async function byGrant(
  connection: ProviderConnection,
  { token }: PresentableAssertion,
  signal: AbortSignal,
): Promise<Credential> {
  const { redeemAssertion } = await import("../exchange/redeem_assertion.ts");
  const { options } = connection;
  return await redeemAssertion(connection, {
    assertion: token,
    scopes: options.scopes.filter((scope) => !personalScopes.includes(scope)),
    audience: options.audience,
    dpopKey: options.dpop ? await generateDpopKey() : undefined,
    step: "the workload's JWT",
    signal,
  });
}

async function byExchange(
  connection: ProviderConnection,
  { token }: PresentableAssertion,
  signal: AbortSignal,
): Promise<Credential> {
  const { deriveCredential } = await import("../exchange/derive_credential.ts");
  const { options } = connection;
  return await deriveCredential(connection, {
    subject: { token, type: options.exchange?.backend ? "id_token" : "jwt" },
    dpopKey: options.dpop ? await generateDpopKey() : undefined,
    signal,
  });
}

/** What the provider says when it knows neither the JWT's issuer nor this workload. */
const aboutAssertion = [
  "invalid_client",
  "invalid_grant",
  "invalid_request",
  "unauthorized_client",
  "access_denied",
];

/** Says of a refusal what was refused, and that it is one for good. */
function withAssertion(
  error: unknown,
  { assertion, connection }: { assertion: PresentableAssertion; connection: ProviderConnection },
): unknown {
  if (!(error instanceof ProxyError) || !isFinal(error) || /^assertion_/.test(error.reason)) {
    return error;
  }
  if (!aboutAssertion.includes(error.reason)) {
    return new ProxyError({ ...error, final: true, cause: error.cause });
  }
  const { issuer } = connection.server;
  const { use } = connection.options.workload!;
  return new ProxyError({
    ...error,
    category: "Authentication error",
    what: `${error.what}; the JWT in ${assertion.origin} has ${
      describeAssertion(assertion.claims)
    }`,
    fix: `let ${issuer} trust that issuer and subject for this audience, or set ` +
      `OIDC_WORKLOAD_AS if it is to be presented as anything else than ${uses[use]}`,
    final: true,
    cause: error,
  });
}

const uses = { grant: "the grant", client: "the client's authentication", subject: "a subject" };
