import type { Credential } from "../base/credential.ts";
import { ProxyError } from "../base/errors.ts";
import { RefreshError } from "../base/refresh_error.ts";
import type { SilentAnswer, SilentRequestOptions } from "./flows/silent_request.ts";
import {
  type FlowName,
  isUnattendedFlow,
  type OidcClientOptions,
  type SignInOptions,
} from "./client_options.ts";
import type { ProviderConnection } from "./provider_connection.ts";
import type { AuthorizationServer } from "./oauth_types.ts";
import type { StepUpRequest } from "./step_up_request.ts";
import type { Revocation } from "./revocation/revoke_credential.ts";

/** The OIDC client (relying party) for one issuer and client id. */
export interface OidcClient {
  /** True when signing in needs no person. */
  readonly unattended: boolean;
  /** Signs in by the configured flow. */
  signIn(options: SignInOptions): Promise<Credential>;
  /** Loads and finds out beforehand what it takes to go on with a sign-in, so that it begins at once. */
  prepareToResume(signal: AbortSignal): Promise<void>;
  /** Makes later sign-ins ask for this besides what is configured, in place of what was set before. */
  setStepUp(stepUp: StepUpRequest): void;
  /** RFC 6749 section 6. */
  refresh(credential: Credential, signal: AbortSignal): Promise<Credential>;
  /**
   * Exchanges the token of a sign-in for the one that the backend is shown, as the options say.
   *
   * @throws {ProxyError} `subject_expired` when it takes a new ID token first
   */
  exchange(subject: Credential, options: ExchangeRequest): Promise<Credential>;
  /**
   * The backend's own authorization server, for which the options have a client.
   *
   * @throws {ProxyError} when it cannot be found, or names itself otherwise than before
   */
  backendServer(signal: AbortSignal): Promise<BackendServerFacts>;
  /**
   * What the JWT of this workload says of itself, and where it is.
   *
   * @throws {ProxyError} when there is none that may be presented
   */
  describeAssertion(signal: AbortSignal): Promise<{ origin: string; described: string }>;
  /** What the provider says of itself now (OpenID Connect Discovery section 3), checked. */
  metadata(signal: AbortSignal): Promise<AuthorizationServer>;
  /** Endpoints that it names and that are not used, since they must not be: each as a sentence. */
  refusedEndpoints(signal: AbortSignal): Promise<readonly string[]>;
  /** Asks whether the provider knows the client and this redirect URL, without a person. */
  askSilently(options: SilentRequestOptions): Promise<SilentAnswer>;
  /** RFC 7009; says what of the credential is worthless now. */
  revoke(credential: Credential, signal: AbortSignal): Promise<Revocation>;
}

/** What {@linkcode OidcClient.exchange} is told. */
export interface ExchangeRequest {
  /** Scopes to ask for besides those that are set. */
  moreScopes?: readonly string[];
  /** Ends the wait. */
  signal: AbortSignal;
}

/** What is known of a backend's own authorization server. */
export interface BackendServerFacts {
  /** Its issuer. */
  issuer: string;
  /** The resource identifier of the backend. */
  resource: string;
  /** What it says of itself (RFC 8414). */
  metadata: AuthorizationServer;
}

/** What a provider may name in another document than the first. */
const optionalEndpoints = [
  "device_authorization_endpoint",
  "registration_endpoint",
  "revocation_endpoint",
] as const;

/** Metadata that a person waits for is asked for anew when it is older than this. */
const freshEnough = 60_000;
/** What was asked for in this very millisecond is asked for again. */
const neverFresh = -1;
const longestUse = 24 * 60 * 60_000;

/**
 * The OIDC client for one issuer; talks to nobody, and loads nothing, before it is asked to sign in
 * or refresh.
 *
 * @example
 * ```ts
 * const client = createOidcClient({
 *   issuerUrl: new URL("https://auth.example.com"),
 *   clientId: "my-client",
 *   scopes: ["openid", "profile"],
 *   redirectUrls: [new URL("http://localhost:8080/auth/callback")],
 *   loginTimeout: 300_000,
 *   openBrowser,
 *   log,
 * });
 * const credential = await client.signIn({ signal });
 * ```
 */
export function createOidcClient(given: OidcClientOptions): OidcClient {
  const { now = Date.now } = given;
  let options = given;
  let currentStepUp = JSON.stringify(noStepUp);
  let connection: ProviderConnection | undefined;
  const connect = async (signal: AbortSignal, maxAge: number) => {
    const { connectProvider } = await import("./provider_connection.ts");
    const clientSecret = await options.readClientSecret?.() ?? options.clientSecret;
    if (clientSecret !== options.clientSecret) options = { ...options, clientSecret };
    const known = connection;
    // One that was being made while more scopes were asked for does not know of them.
    if (known?.options === options && now() - known.metadataFrom <= maxAge) return known;
    return connection = await connectProvider(options, { signal, maxAge });
  };
  return {
    unattended: isUnattendedFlow(given.flow),
    async prepareToResume(signal) {
      await Promise.all([
        import("./flows/sign_in_by_flow.ts"),
        connect(signal, longestUse),
      ]);
    },
    setStepUp(stepUp) {
      const name = JSON.stringify(stepUp);
      if (name === currentStepUp) return;
      currentStepUp = name;
      options = withStepUp(given, stepUp);
    },
    async signIn(signIn) {
      const { signInByFlow } = await import("./flows/sign_in_by_flow.ts");
      // No tab opens before the provider has shown that it is there.
      const isUnderWay = signIn.resume !== undefined || signIn.resumeDevice !== undefined;
      const opensTab = !isTabless(given.flow);
      // What was begun is finished where it was begun, and listened for before anything else.
      const maxAge = isUnderWay ? longestUse : opensTab ? neverFresh : freshEnough;
      return await signInByFlow(await connect(signIn.signal, maxAge), signIn);
    },
    async refresh(credential, signal) {
      const { refreshCredential } = await import("./tokens/refresh_credential.ts");
      const connection = await connect(signal, longestUse);
      try {
        return await refreshCredential(connection, credential, signal);
      } catch (error) {
        // Only at another endpoint: whether this one has used the refresh token up is not known.
        if (!await hasMoved(connection, error, signal)) throw error;
        return await refreshCredential(connection, credential, signal);
      }
    },
    async exchange(subject, { moreScopes, signal }) {
      const { exchangeCredential } = await import("./exchange/exchange_credential.ts");
      const connection = await connect(signal, longestUse);
      return await exchangeCredential(connection, subject, { moreScopes, signal });
    },
    async backendServer(signal) {
      const { connectBackendServer } = await import("./exchange/backend_server.ts");
      const { issuer, resource, connection } = await connectBackendServer(options, signal);
      return { issuer, resource, metadata: connection.server };
    },
    async describeAssertion(signal) {
      const [{ presentAssertion }, { describeAssertion }] = await Promise.all([
        import("./workload/present_assertion.ts"),
        import("./workload/check_assertion.ts"),
      ]);
      const { origin, claims } = await presentAssertion(await connect(signal, freshEnough), signal);
      return { origin, described: describeAssertion(claims) };
    },
    async metadata(signal) {
      const connection = await connect(signal, 0);
      for (const endpoint of optionalEndpoints) {
        // What the first document says is worth something without the others.
        await connection.lookFor(endpoint, signal).catch(() => signal.throwIfAborted());
      }
      return connection.server;
    },
    async refusedEndpoints(signal) {
      return (await connect(signal, freshEnough)).refusedEndpoints();
    },
    async askSilently(request) {
      const { askSilently } = await import("./flows/silent_request.ts");
      return await askSilently(await connect(request.signal, freshEnough), request);
    },
    async revoke(credential, signal) {
      const { revokeCredential } = await import("./revocation/revoke_credential.ts");
      return await revokeCredential(await connect(signal, longestUse), credential, signal);
    },
  };
}

const noStepUp: StepUpRequest = { scopes: [] };

/** The options of the sign-ins that a step-up is for. */
function withStepUp(
  options: OidcClientOptions,
  { scopes, acrValues, maxAge }: StepUpRequest,
): OidcClientOptions {
  return {
    ...options,
    scopes: [...new Set([...options.scopes, ...scopes])],
    authorizationParameters: {
      ...options.authorizationParameters,
      ...(acrValues !== undefined && { acr_values: acrValues }),
      ...(maxAge !== undefined && { max_age: String(maxAge) }),
    },
  };
}

/** Whether a flow asks the provider itself before a person has to do anything. */
function isTabless(flow: FlowName | undefined): boolean {
  return isUnattendedFlow(flow) || flow === "device";
}

/** Whether an endpoint that failed is not the provider's any more, by its metadata of today. */
async function hasMoved(
  connection: ProviderConnection,
  error: unknown,
  signal: AbortSignal,
): Promise<boolean> {
  // Only at another endpoint, and never one that may be spent.
  if (error instanceof RefreshError && !["unused", "uncertain", "unclear"].includes(error.fate)) {
    return false;
  }
  const suspicious = ["invalid_response", "provider_redirect", "provider_unreachable"];
  if (!(error instanceof ProxyError) || !suspicious.includes(error.reason)) return false;
  const before = connection.server.token_endpoint;
  try {
    await connection.refetchMetadata(signal);
  } catch {
    return false;
  }
  return connection.server.token_endpoint !== before;
}
