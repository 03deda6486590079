import { accountName } from "../../account.ts";
import type { Credential, PendingAuthorization } from "../../credential.ts";
import { asProxyError, describe, oneLine, ProxyError } from "../../errors.ts";
import { startTimer } from "../../timer.ts";
import type { SignInOptions } from "../oidc_client.ts";
import { alreadyUsedPage } from "../pages/already_used_page.ts";
import { failurePage } from "../pages/failure_page.ts";
import { foreignAnswerPage } from "../pages/foreign_answer_page.ts";
import type { Page } from "../pages/page.ts";
import { respond, respondWith } from "../pages/respond.ts";
import { successPage } from "../pages/success_page.ts";
import { wrongAddressPage } from "../pages/wrong_address_page.ts";
import type { ProviderConnection } from "../provider_connection.ts";
import { authorizationRequest, isPushed } from "./authorization_request.ts";
import { exchangeCode, stateOf } from "./exchange_code.ts";
import { openRedirectListener } from "./open_redirect_listener.ts";
import { readPastedResponse } from "./read_pasted_response.ts";
import type { RedirectListener } from "./redirect_listener.ts";
import type { Terminal } from "./terminal.ts";

/** How the person gets to the provider, and their answer back. */
export interface CodeFlowWays {
  /** Opens the URL; absent when the person does. */
  open?: (url: URL) => Promise<void>;
  /** Whether the sign-in goes on by itself when opening fails; else it ends with that error. */
  openOrFail?: boolean;
  /** Where the person may paste the URL that they were sent to. */
  terminal?: Terminal;
}

/**
 * The authorization code flow (RFC 6749 section 4.1, RFC 8252): listen on the redirect URL, send
 * the person to the provider, redeem the code that comes back, show how it ended.
 */
export async function signInWithCode(
  connection: ProviderConnection,
  signIn: SignInOptions,
  ways: CodeFlowWays,
): Promise<Credential> {
  const { options, now } = connection;
  const { issuerUrl, loginTimeout, log } = options;
  const { resume, signal } = signIn;
  signal.throwIfAborted();
  const outcome = Promise.withResolvers<Credential>();
  // Whoever waits for it below hears of a failure; until then nobody does.
  outcome.promise.catch(() => {});
  const done = new AbortController();
  let pending = resume;
  let accepted = false;

  /** Brings the sign-in to its end with a response that has the right state; never rejects. */
  const finish = async (pending: PendingAuthorization, parameters: URLSearchParams) => {
    accepted = true;
    try {
      const { onRedeem } = signIn;
      const credential = await exchangeCode(connection, { pending, parameters, onRedeem, signal });
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

  const answer = (parameters: URLSearchParams): Promise<Page> | Page => {
    if (!pending || !sameText(stateOf(parameters), pending.state)) {
      log.debug("an answer with a missing or foreign state came to the redirect URL");
      return foreignAnswerPage();
    }
    return accepted ? alreadyUsedPage() : finish(pending, parameters);
  };

  await using listener = await listen(connection, signIn, ways, (parameters) => {
    const page = answer(parameters);
    return page instanceof Promise ? respondWith(page, { issuer: issuerUrl }) : respond(page);
  });
  // Not before: the port may have been somebody else's for a long time.
  const expiresAt = resume?.expiresAt ?? now() + loginTimeout;
  const isGood = resume && !(signIn.reopen && isPushed(resume));
  const asked = isGood ? resume : await authorizationRequest(connection, {
    redirectUrl: listener.redirectUrl,
    expiresAt,
    instead: resume,
    signal,
  });
  pending = asked;
  const { authorizationUrl, redirectUrl } = asked;
  using _patience = startTimer(() => {
    if (!accepted) outcome.reject(tooSlow(connection, redirectUrl));
  }, expiresAt - now());
  const stop = () => outcome.reject(signal.reason);
  signal.addEventListener("abort", stop);
  try {
    if (asked !== resume) await signIn.onPending?.(asked);
    signal.throwIfAborted();
    if (!resume || signIn.reopen) announce(authorizationUrl, { ways, connection, outcome });
    else log.info(`waiting for a sign-in that was begun already: ${authorizationUrl}`);
    if (ways.terminal) {
      readPastedResponse(ways.terminal, {
        pending: asked,
        issuer: connection.server.issuer,
        log,
        signal: done.signal,
      }).then(
        (parameters) => {
          if (parameters && !accepted) return finish(asked, parameters);
        },
      ).catch(outcome.reject);
    }
    const credential = await outcome.promise;
    const account = accountName(credential.claims);
    log.info(`signed in${account ? ` as ${oneLine(account)}` : ""} at ${issuerUrl.href}`);
    return credential;
  } finally {
    done.abort();
    signal.removeEventListener("abort", stop);
  }
}

/** The listener; one that hears nothing when the port is taken and the answer can be pasted. */
async function listen(
  { options }: ProviderConnection,
  signIn: SignInOptions,
  { terminal }: CodeFlowWays,
  handle: (parameters: URLSearchParams) => Response | Promise<Response>,
): Promise<RedirectListener> {
  const { resume, reservePort } = signIn;
  const urls = resume ? [new URL(resume.redirectUrl)] : options.redirectUrls;
  const refuse = (request: Parameters<typeof wrongAddressPage>[0]) =>
    respond(wrongAddressPage(request));
  try {
    return await openRedirectListener(urls, { handle, refuse, reservePort });
  } catch (error) {
    if (!terminal || !(error instanceof ProxyError)) throw error;
    options.log.warn(error.what);
    return { redirectUrl: urls[0].href, [Symbol.asyncDispose]: () => Promise.resolve() };
  }
}

/** Opens the URL, and says what to do if that does not work; never waits for the opener to end. */
function announce(
  url: string,
  { ways, connection, outcome }: {
    ways: CodeFlowWays;
    connection: ProviderConnection;
    outcome: PromiseWithResolvers<Credential>;
  },
): void {
  const { log } = connection.options;
  const { open, openOrFail, terminal } = ways;
  if (!open) {
    const where = terminal ? "in any browser" : "in a browser on this machine";
    log.notice(`open this URL ${where} to sign in: ${url}`);
    return;
  }
  // Shown even to those who want silence: openers report success and open nothing.
  log.notice(`opening the browser to sign in; if it does not open, open this URL yourself: ${url}`);
  open(new URL(url)).catch((error) => {
    if (openOrFail) return outcome.reject(error);
    const why = error instanceof ProxyError ? error.what : describe(error);
    log.notice(`${oneLine(why)}; open this URL in a browser on this machine to sign in: ${url}`);
  });
}

function tooSlow({ client, options }: ProviderConnection, redirectUrl: string): ProxyError {
  return new ProxyError({
    category: "Authentication error",
    what: `nobody signed in within ${Math.round(options.loginTimeout / 1000)} s`,
    // What a provider shows on a page of its own never comes back here.
    fix:
      "start again, or raise --login-timeout; if the browser showed an error instead, register " +
      `the redirect URL ${redirectUrl} for the client ${client.client_id} at the provider`,
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
