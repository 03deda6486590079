import {
  deviceCodeGrantRequest,
  processDeviceCodeResponse,
  ResponseBodyError,
} from "@panva/oauth4webapi";
import { pause } from "../../base/abortable.ts";
import type { Credential, PendingDevice } from "../../base/credential.ts";
import { ProxyError } from "../../base/errors.ts";
import { excerpt } from "../../base/excerpt.ts";
import { redact } from "../../base/redactor.ts";
import { startTimer, type Timer } from "../../base/timer.ts";
import type { SignInInvitation } from "../../base/sign_in_invitation.ts";
import { generateDpopKey } from "../dpop/dpop_key.ts";
import type { SignInOptions } from "../client_options.ts";
import type { ProviderConnection } from "../provider_connection.ts";
import { providerError } from "../provider_error.ts";
import { requestTokens } from "../tokens/request_tokens.ts";
import { longestInterval } from "./device_authorization.ts";
import { requestedScope } from "./requested_scope.ts";

/** RFC 8628 section 3.5, in milliseconds. */
const slowDown = 5_000;

/** How long the provider may take to answer when the program ends, in milliseconds. */
const answerGrace = 800;

/** What {@linkcode signInByDevice} goes on with. */
export interface DeviceSignIn
  extends Pick<SignInOptions, "resumeDevice" | "onInvitation" | "onDevice" | "signal"> {
  /** The code that the provider gave. */
  device: PendingDevice;
}

/**
 * The device flow (RFC 8628) from where there is a code: the person signs in wherever they have a
 * browser, and the token endpoint is asked until it knows how that ended.
 */
export async function signInByDevice(
  connection: ProviderConnection,
  { device, signal, resumeDevice, onInvitation, onDevice }: DeviceSignIn,
): Promise<Credential> {
  const { server, client, authenticate, options, now } = connection;
  const { deviceCode, codeVerifier, expiresAt } = device;
  try {
    const invitation = invitationTo(device);
    if (invitation) onInvitation?.(invitation);
    if (device !== resumeDevice) await onDevice?.(device);
    announce(device, connection);
    const dpopKey = options.dpop ? await generateDpopKey() : undefined;
    let { interval } = device;
    for (;;) {
      await pause(Math.min(interval, Math.max(0, expiresAt - now())), signal);
      if (now() >= expiresAt) throw tooSlow(expiresAt);
      // An answer that is on its way may be the tokens, which nobody gets a second time.
      using last = endingLater(signal, answerGrace);
      try {
        const credential = await requestTokens(connection, {
          dpopKey,
          signal: last.signal,
          send: ({ additionalParameters, ...rest }) =>
            deviceCodeGrantRequest(server, client, authenticate, deviceCode, {
              ...rest,
              additionalParameters: {
                ...additionalParameters as Record<string, string>,
                code_verifier: codeVerifier,
              },
            }),
          process: (server, response) => processDeviceCodeResponse(server, client, response),
        });
        // An answer that names no scope grants what was asked for (RFC 6749 section 5.1).
        return { scope: requestedScope(options.scopes), ...credential };
      } catch (error) {
        const answer = error instanceof ResponseBodyError ? error.error : undefined;
        // A provider that is in trouble for a moment has not ended the sign-in.
        const transient = error instanceof ProxyError && error.transient;
        if (answer === "slow_down" || transient) {
          interval = Math.min(interval + slowDown, longestInterval * 1000);
        } else if (answer !== "authorization_pending") throw error;
      }
    }
  } catch (error) {
    throw await providerError(error, {
      step: "the device code exchange",
      issuer: server.issuer,
      method: connection.method,
      requested: connection.options,
    });
  }
}

/** A signal that follows another one so many milliseconds later. */
function endingLater(signal: AbortSignal, milliseconds: number): Disposable & {
  readonly signal: AbortSignal;
} {
  const later = new AbortController();
  let timer: Timer | undefined;
  const abort = () => timer = startTimer(() => later.abort(signal.reason), milliseconds);
  signal.addEventListener("abort", abort, { once: true });
  return {
    signal: later.signal,
    [Symbol.dispose]() {
      signal.removeEventListener("abort", abort);
      timer?.stop();
    },
  };
}

/**
 * What the person is to open: the page without the code in it, so that they type what they were shown
 * (RFC 8628 section 5.4). None where an address is so long that nobody could open it.
 */
function invitationTo(
  { userCode, verificationUrl, expiresAt }: PendingDevice,
): SignInInvitation | undefined {
  if (verificationUrl.length > 2_000) return undefined;
  // It goes to the client, and maybe to a model: nothing secret that the provider has repeated.
  const url = redact(verificationUrl);
  return { url, userCode: excerpt(userCode, { max: 100 }), expiresAt };
}

function announce(
  { userCode, verificationUrl, completeUrl }: PendingDevice,
  { options }: ProviderConnection,
): void {
  options.log.notice(
    `to sign in, open ${
      excerpt(verificationUrl, { max: 2_000 })
    } in a browser on any device and enter the code ${excerpt(userCode, { max: 100 })}${
      completeUrl ? `, or open ${excerpt(completeUrl, { max: 2_000 })}` : ""
    }`,
  );
}

function tooSlow(expiresAt: number): ProxyError {
  return new ProxyError({
    category: "Authentication error",
    what: `nobody entered the code before ${new Date(expiresAt).toISOString()}`,
    fix: "start again, or raise --login-timeout",
    reason: "login_timeout",
  });
}
