import {
  deviceAuthorizationRequest,
  deviceCodeGrantRequest,
  processDeviceAuthorizationResponse,
  processDeviceCodeResponse,
  ResponseBodyError,
} from "@panva/oauth4webapi";
import { pause } from "../../abortable.ts";
import type { Credential } from "../../credential.ts";
import { oneLine, ProxyError } from "../../errors.ts";
import { isLoopback } from "../../setting_values.ts";
import { generateDpopKey } from "../dpop/dpop_key.ts";
import type { ProviderConnection } from "../provider_connection.ts";
import { providerError } from "../provider_error.ts";
import { requestTokens } from "../tokens/request_tokens.ts";
import { requestedScope } from "./requested_scope.ts";

/** RFC 8628 section 3.5. */
const defaultInterval = 5;
const slowDown = 5;

/** The device flow (RFC 8628): the person signs in wherever they have a browser, by a short code. */
export async function signInByDevice(
  connection: ProviderConnection,
  signal: AbortSignal,
): Promise<Credential> {
  const { server, client, authenticate, options, now } = connection;
  const { issuer } = server;
  if (!server.device_authorization_endpoint) {
    throw new ProxyError({
      category: "Configuration error",
      what: `${issuer} does not know the device flow`,
      fix: "set OIDC_FLOW to browser or paste",
      reason: "no_device_flow",
    });
  }
  let step = "the device authorization request";
  try {
    const parameters = new URLSearchParams(options.authorizationParameters);
    const scope = requestedScope(options.scopes);
    const own = { scope, resource: options.resource, audience: options.audience };
    for (const [name, value] of Object.entries(own)) {
      if (value !== undefined) parameters.set(name, value);
    }
    const device = await processDeviceAuthorizationResponse(
      server,
      client,
      await deviceAuthorizationRequest(
        server,
        client,
        authenticate,
        parameters,
        connection.request(signal),
      ),
    );
    announce(device, connection);
    const dpopKey = options.dpop ? await generateDpopKey() : undefined;
    const expiresAt = now() + Math.min(device.expires_in * 1000, options.loginTimeout);
    let interval = device.interval ?? defaultInterval;
    step = "the device code exchange";
    for (;;) {
      // Never longer than it is of use, and no timer counts beyond 24 days.
      await pause(Math.min(interval * 1000, Math.max(0, expiresAt - now())), signal);
      if (now() >= expiresAt) throw tooSlow(expiresAt);
      try {
        return await requestTokens(connection, {
          dpopKey,
          signal,
          send: (options) =>
            deviceCodeGrantRequest(server, client, authenticate, device.device_code, options),
          process: (server, response) => processDeviceCodeResponse(server, client, response),
        });
      } catch (error) {
        const answer = error instanceof ResponseBodyError ? error.error : undefined;
        // A provider that is in trouble for a moment has not ended the sign-in.
        const transient = error instanceof ProxyError && error.transient;
        if (answer === "slow_down" || transient) interval += slowDown;
        else if (answer !== "authorization_pending") throw error;
      }
    }
  } catch (error) {
    throw await providerError(error, {
      step,
      issuer,
      method: connection.method,
      requested: connection.options,
    });
  }
}

function announce(
  device: { verification_uri: string; verification_uri_complete?: string; user_code: string },
  { server, options }: ProviderConnection,
): void {
  for (const uri of [device.verification_uri, device.verification_uri_complete]) {
    const url = uri === undefined ? undefined : URL.parse(uri);
    if (url === undefined || url?.protocol === "https:") continue;
    if (url?.protocol === "http:" && isLoopback(url.hostname)) continue;
    throw new ProxyError({
      category: "Authentication error",
      what: `${server.issuer} names ${
        JSON.stringify(uri?.slice(0, 200))
      } as the page to sign in at, which is not an https URL`,
      fix: "tell the provider's administrator",
      reason: "unsafe_endpoint",
    });
  }
  const { verification_uri_complete: complete } = device;
  const place = oneLine(device.verification_uri);
  options.log.notice(
    `to sign in, open ${place} in a browser on any device and enter the code ${
      oneLine(device.user_code)
    }${complete ? `, or open ${oneLine(complete)}` : ""}`,
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
