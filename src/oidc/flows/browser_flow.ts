import { accountName } from "../../account.ts";
import type { Credential, PendingAuthorization } from "../../credential.ts";
import { asProxyError, describe, oneLine, ProxyError } from "../../errors.ts";
import type { OidcClientOptions, SignInOptions } from "../oidc_client.ts";
import { alreadyUsedPage } from "../pages/already_used_page.ts";
import { failurePage } from "../pages/failure_page.ts";
import { foreignAnswerPage } from "../pages/foreign_answer_page.ts";
import type { Page } from "../pages/page.ts";
import { respond, respondWith } from "../pages/respond.ts";
import { successPage } from "../pages/success_page.ts";
import { wrongAddressPage } from "../pages/wrong_address_page.ts";
import type { ProviderConnection } from "../provider_connection.ts";
import { authorizationRequest } from "./authorization_request.ts";
import { exchangeCode } from "./exchange_code.ts";
import { listenForRedirect } from "./redirect_listener.ts";

/**
 * The authorization code flow in the person's browser (RFC 8252): listen on the redirect URL, open
 * the authorization request, redeem the code that comes back, show how it ended.
 */
export async function signInWithBrowser(
  connection: ProviderConnection,
  options: OidcClientOptions,
  signIn: SignInOptions,
): Promise<Credential> {
  const { issuerUrl, log } = options;
  const { resume, signal } = signIn;
  signal.throwIfAborted();
  const outcome = Promise.withResolvers<Credential>();
  // Whoever waits for it below hears of a failure; until then nobody does.
  outcome.promise.catch(() => {});
  let pending = resume;
  let accepted = false;
  const expiresAt = resume?.expiresAt ?? connection.now() + options.loginTimeout;
  using patience = startTimer(
    () => outcome.reject(tooSlow(options.loginTimeout)),
    expiresAt - connection.now(),
  );

  const finish = async (
    pending: PendingAuthorization,
    parameters: URLSearchParams,
  ): Promise<Page> => {
    try {
      const credential = await exchangeCode(connection, { pending, parameters, signal });
      await signIn.onCredential?.(credential);
      outcome.resolve(credential);
      const { claims, refreshToken } = credential;
      return successPage({ issuer: issuerUrl, claims, renewable: refreshToken !== undefined });
    } catch (error) {
      outcome.reject(error);
      return failurePage({
        issuer: issuerUrl,
        error: asProxyError(error),
        provider: {
          error: parameters.get("error") ?? undefined,
          description: parameters.get("error_description") ?? undefined,
        },
      });
    }
  };

  await using listener = await listenForRedirect(
    new URL(resume?.redirectUrl ?? options.redirectUrl),
    {
      handle(parameters) {
        if (!pending || !sameText(parameters.get("state") ?? "", pending.state)) {
          log.debug("an answer with a missing or foreign state came to the redirect URL");
          return respond(foreignAnswerPage());
        }
        if (accepted) return respond(alreadyUsedPage());
        accepted = true;
        patience.stop();
        return respondWith(finish(pending, parameters), { issuer: issuerUrl });
      },
      refuse: (request) => respond(wrongAddressPage(request)),
    },
  );
  pending ??= await authorizationRequest(connection, {
    redirectUrl: listener.redirectUrl,
    scopes: options.scopes,
    expiresAt,
  });
  const stop = () => outcome.reject(signal.reason);
  signal.addEventListener("abort", stop);
  try {
    if (!resume) {
      await signIn.onPending?.(pending);
      signal.throwIfAborted();
      openAuthorizationUrl(pending.authorizationUrl, options);
    } else {
      log.info(`waiting for a sign-in that was begun already: ${pending.authorizationUrl}`);
    }
    const credential = await outcome.promise;
    const account = accountName(credential.claims);
    log.info(`signed in${account ? ` as ${oneLine(account)}` : ""} at ${issuerUrl.href}`);
    return credential;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** Opens it, and says what to do if that does not work; never waits for the opener to end. */
function openAuthorizationUrl(url: string, { openBrowser, log }: OidcClientOptions): void {
  if (!openBrowser) {
    log.notice(`open this URL in a browser on this machine to sign in: ${url}`);
    return;
  }
  log.info(`opening the browser to sign in; if it does not open, open this URL yourself: ${url}`);
  openBrowser(new URL(url)).catch((error) => {
    const why = error instanceof ProxyError ? error.what : describe(error);
    log.notice(`${oneLine(why)}; open this URL in a browser on this machine to sign in: ${url}`);
  });
}

function tooSlow(loginTimeout: number): ProxyError {
  return new ProxyError({
    category: "Authentication error",
    what: `nobody signed in within ${Math.round(loginTimeout / 1000)} s`,
    todo: "start again, or raise --login-timeout",
    reason: "login_timeout",
  });
}

/** Compares in a time that does not tell how much was right. */
function sameText(left: string, right: string): boolean {
  let difference = left.length ^ right.length;
  for (let at = 0; at < right.length; at++) {
    difference |= (left.charCodeAt(at) || 0) ^ right.charCodeAt(at);
  }
  return difference === 0;
}

function startTimer(run: () => void, delay: number) {
  const timer = setTimeout(run, Math.max(0, delay));
  const stop = () => clearTimeout(timer);
  return { stop, [Symbol.dispose]: stop };
}
