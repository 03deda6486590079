import {
  getValidatedIdTokenClaims,
  jwksCache,
  KEY_SELECTION,
  OperationProcessingError,
  validateApplicationLevelSignature,
} from "@panva/oauth4webapi";
import type { TokenEndpointResponse } from "../oauth_types.ts";
import { ProxyError } from "../../base/errors.ts";
import { maxAhead, type ProviderConnection } from "../provider_connection.ts";
import { excerpt } from "../../base/excerpt.ts";

/** How many seconds after its end an ID token is still taken, since answers travel. */
const tolerance = 30;

/**
 * The rules of OpenID Connect Core section 3.1.3.7 and 3.1.3.8 that come after those of the token
 * answer itself: signature by the provider's keys, time of issue, hash of the access token.
 *
 * `response` must be the one that `tokens` was made from.
 */
export async function checkIdToken(
  tokens: TokenEndpointResponse,
  { connection, response, signal, allowUnavailableJwks }: {
    connection: ProviderConnection;
    response: Response;
    signal: AbortSignal;
    allowUnavailableJwks: boolean;
  },
): Promise<void> {
  const claims = getValidatedIdTokenClaims(tokens);
  if (!claims) return;
  const { server } = connection;
  const refuse = (what: string, reason: string) => {
    throw new ProxyError({
      category: "Authentication error",
      what: `${server.issuer} gave an ID token ${what}`,
      fix: reason === "id_token_time"
        ? "check the clocks of this machine and of the provider"
        : "do not trust this network or provider before you know why",
      reason,
    });
  };
  connection.requireUsable("jwks_uri");
  try {
    await checkSignature(response, connection, signal);
  } catch (error) {
    if (!allowUnavailableJwks || !isPassing(error)) throw error;
    connection.options.log.warn(
      `${error.what}: the new ID token is accepted without its signature being checked, since ` +
        "the provider itself gave it",
    );
  }
  const now = connection.providerNow() / 1000;
  // oauth4webapi has one tolerance for all times, which is that of `iat` and `nbf` here.
  if (claims.exp <= now - tolerance) {
    refuse(`that ended at ${timeOf(claims.exp)}`, "id_token_time");
  }
  if (claims.iat > now + maxAhead) {
    refuse(
      `from the future (issued at ${timeOf(claims.iat)})`,
      "id_token_time",
    );
  }
  if (claims.azp !== undefined && claims.azp !== connection.client.client_id) {
    refuse(`for another client (azp ${excerpt(JSON.stringify(claims.azp))})`, "id_token_azp");
  }
  if (claims.sub === "") refuse("about nobody (its sub is empty)", "invalid_response");
  const { at_hash } = claims;
  if (at_hash !== undefined && at_hash !== await accessTokenHash(tokens)) {
    refuse("that belongs to another access token (at_hash)", "id_token_at_hash");
  }
}

/** A number of seconds since the epoch for people; anything that is no date as it is. */
function timeOf(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? String(seconds) : date.toISOString();
}

/** Verifies; when keys from an earlier answer do not fit, fetches the keys once more (rotation). */
async function checkSignature(
  response: Response,
  connection: ProviderConnection,
  signal: AbortSignal,
): Promise<void> {
  const { server, keys } = connection;
  const remembered = keys.uat !== undefined;
  const options = { ...connection.request(signal), [jwksCache]: keys };
  try {
    await validateApplicationLevelSignature(server, response, options);
  } catch (error) {
    if (!remembered) throw error;
    try {
      // The place of the keys may have changed with them.
      await connection.refetchMetadata(signal);
      await validateApplicationLevelSignature(connection.server, response, {
        ...options,
        [jwksCache]: connection.keys,
      });
    } catch (again) {
      // A signature that is wrong is so whether or not there are other keys.
      const unknownKey = error instanceof OperationProcessingError && error.code === KEY_SELECTION;
      throw isPassing(again) && !unknownKey ? error : again;
    }
  }
}

/** Whether it may be otherwise a little later. */
function isPassing(error: unknown): error is ProxyError {
  return error instanceof ProxyError && error.transient;
}

/** `at_hash`: the left half of the access token's hash, by the hash of the ID token's algorithm. */
async function accessTokenHash(tokens: TokenEndpointResponse): Promise<string> {
  const [header] = tokens.id_token!.split(".");
  const { alg } = JSON.parse(atob(header.replaceAll("-", "+").replaceAll("_", "/")));
  // Those of EdDSA do not name theirs.
  const bits = /256|384|512/.exec(alg)?.[0] ?? "512";
  const digest = await crypto.subtle.digest(
    `SHA-${bits}`,
    new TextEncoder().encode(tokens.access_token),
  );
  const half = new Uint8Array(digest, 0, digest.byteLength / 2);
  return btoa(String.fromCharCode(...half))
    .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
