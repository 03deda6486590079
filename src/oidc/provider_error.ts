import {
  AuthorizationResponseError,
  OperationProcessingError,
  ResponseBodyError,
  UnsupportedOperationError,
  WWWAuthenticateChallengeError,
} from "@panva/oauth4webapi";
import type { FailedStep } from "./failed_step.ts";
import { oauthError } from "./oauth_error.ts";
import { protocolError } from "./protocol_error.ts";

/**
 * Whatever went wrong between us and the provider as a `ProxyError` that names the
 * setting to change. Its `reason` is the OAuth error code where the provider gave one.
 */
export async function providerError(error: unknown, failed: FailedStep): Promise<unknown> {
  if (error instanceof ResponseBodyError || error instanceof AuthorizationResponseError) {
    return oauthError({
      status: error instanceof ResponseBodyError ? error.status : undefined,
      code: error.error,
      description: error.error_description,
      failed,
      cause: error,
    });
  }
  if (error instanceof WWWAuthenticateChallengeError) {
    const body = await jsonBody(error.response);
    const parameters = error.cause.find((challenge) => challenge.parameters.error)?.parameters;
    return oauthError({
      status: error.status,
      code: text(body.error) ?? parameters?.error ?? "invalid_client",
      description: text(body.error_description) ?? parameters?.error_description,
      failed,
      cause: error,
    });
  }
  if (error instanceof OperationProcessingError || error instanceof UnsupportedOperationError) {
    return protocolError(error, failed);
  }
  return error;
}

async function jsonBody(response: Response): Promise<Record<string, unknown>> {
  try {
    // Whatever is no object has no members either.
    return Object(await response.json());
  } catch {
    return {};
  }
}

function text(from: unknown): string | undefined {
  return typeof from === "string" && from !== "" ? from : undefined;
}
