import type { ProxyError } from "../../base/errors.ts";
import type { RefreshTokenFate } from "../../base/refresh_error.ts";
import { isAboutCredentials } from "../oauth_error.ts";
import { isTokenText } from "./token_credential.ts";

/** What a token endpoint answered to a refresh request, as far as it could be read. */
export interface RefreshAnswer {
  /** The HTTP status. */
  status: number;
  /** The members of the JSON object in its body; absent when there is none. */
  members?: Record<string, unknown>;
}

/**
 * Reads as much of an answer as can be read; leaves the body of the response itself unread.
 *
 * @param response whose body is at hand already
 */
export async function readRefreshAnswer(response: Response): Promise<RefreshAnswer> {
  const { status } = response;
  try {
    const members = await response.clone().json();
    return typeof members === "object" && members !== null && !Array.isArray(members)
      ? { status, members }
      : { status };
  } catch {
    return { status };
  }
}

/**
 * What the end of a refresh that brought no credential means for the refresh token that was sent
 * (RFC 6749 sections 5.2 and 6, RFC 9700 section 4.14.2). This is the table of
 * docs/credentials.md; a provider that rotates refresh tokens takes a second use for theft.
 *
 * @param error what the refresh ended in
 * @param answer the last answer, when the token endpoint gave one
 */
export function refreshTokenFate(
  error: ProxyError,
  answer: RefreshAnswer | undefined,
): RefreshTokenFate {
  const status = answer?.status ?? error.httpStatus ?? 0;
  if (status >= 200 && status < 300) return fateByYes(answer?.members);
  // It asks us to come again, so it has not looked at it.
  if (status === 429) return "unused";
  if (error.transient || error.reason === "provider_redirect") return "uncertain";
  if (!answer) return "unused";
  return fateByNo(error, answer);
}

/** An answer with a status of success: whatever is wrong with it, the token was used. */
function fateByYes(members: Record<string, unknown> | undefined): RefreshTokenFate {
  if (!isTokenText(members?.access_token)) {
    // Even so a new refresh token that can be read is the one that is good now.
    return isTokenText(members?.refresh_token) ? "replaced" : "unreadable";
  }
  const { refresh_token: next } = members!;
  if (next === undefined || next === null || next === "") return "unused";
  return isTokenText(next) ? "replaced" : "unreadable";
}

/** The client was not believed, so that the token was not looked at (RFC 6749 section 5.2, RFC 9449). */
const aboutClient = ["invalid_client", "use_dpop_nonce", "invalid_dpop_proof"];

function fateByNo({ reason }: ProxyError, { status, members }: RefreshAnswer): RefreshTokenFate {
  if (reason === "invalid_response") {
    return status === 400 || status === 401 || status === 403 ? "unclear" : "unused";
  }
  const description = members?.error_description;
  const isClient = aboutClient.includes(reason) ||
    reason === "unauthorized_client" &&
      isAboutCredentials(typeof description === "string" ? description : "", status);
  return isClient ? "unused" : "refused";
}
