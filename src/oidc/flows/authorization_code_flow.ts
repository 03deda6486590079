import { accountName } from "../../base/account.ts";
import type { Credential, PendingAuthorization } from "../../base/credential.ts";
import { asProxyError, describe, oneLine, ProxyError } from "../../base/errors.ts";
import { startTimer, type Timer } from "../../base/timer.ts";
import { excerpt } from "../../base/excerpt.ts";
import type { SignInOptions } from "../client_options.ts";
import { alreadyUsedPage } from "../pages/already_used_page.ts";
import { busyPage } from "../pages/busy_page.ts";
import { consentPage } from "../pages/consent_page.ts";
import { failurePage } from "../pages/failure_page.ts";
import { foreignAnswerPage } from "../pages/foreign_answer_page.ts";
import { otherBrowserPage } from "../pages/other_browser_page.ts";
import { otherUserPage } from "../pages/other_user_page.ts";
import type { Page } from "../pages/page.ts";
import { respond, respondWith } from "../pages/respond.ts";
import { secondBrowserPage } from "../pages/second_browser_page.ts";
import { successPage } from "../pages/success_page.ts";
import { unassignedErrorPage } from "../pages/unassigned_error_page.ts";
import { wrongAddressPage } from "../pages/wrong_address_page.ts";
import type { ProviderConnection } from "../provider_connection.ts";
import { rememberParameters } from "../remember_exchange.ts";
import { authorizationRequest, isPushed } from "./authorization_request.ts";
import {
  bind,
  isBound,
  isForeign,
  isSameText,
  newStartPath,
  otherUser,
  secondBrowser,
  sendOn,
  startUrl,
  visitor,
} from "./browser_binding.ts";
import { consentMemory } from "./consent_memory.ts";
import { exchangeCode, stateOf } from "./exchange_code.ts";
import { openRedirectListener } from "./open_redirect_listener.ts";
import { type LocalConnection, peerUser } from "./peer_user.ts";
import { type PastedResponse, readPastedResponse } from "./read_pasted_response.ts";
import type { RedirectListener, RedirectListenerOptions } from "./redirect_listener.ts";
import type { ControllingTerminal } from "./controlling_terminal.ts";

/** How the person gets to the provider, and their answer back. */
export interface CodeFlowWays {
  /** Opens the URL; absent when the person does. */
  open?: (url: URL) => Promise<void>;
  /** Whether the sign-in ends with that error when opening fails; else it goes on by itself. */
  openOrFail?: () => Promise<boolean>;
  /** Where the person may paste the URL that they were sent to. */
  terminal?: ControllingTerminal;
}

/** When the provider cannot be reached, it is tried so much later to show its page again, in milliseconds. */
const reopenPause = 15_000;

/** How long the person may think about the second question, in milliseconds. */
const consentTimeout = 120_000;

/** A question that nobody answered is not asked again for so long, in milliseconds. */
const consentPause = 24 * 60 * 60_000;

/** How many visits of other users are logged in one sign-in. */
const maxTurnedAway = 3;

/** How many errors without `state` are logged in one sign-in: any web page can send them. */
const maxUnassigned = 3;

/**
 * The authorization code flow (RFC 6749 section 4.1, RFC 8252): listen on the redirect URL, send
 * the person to the provider, redeem the code that comes back, show how it ended.
 *
 * Where the provider wants to be asked for consent before it gives a refresh token, the same tab
 * goes on to a second request. The credential of the first one is stored by then, and kept if
 * nothing comes of it.
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
  const consent = await consentMemory(connection);
  let asksForConsent = resume ? isConsentRequest(resume) : consent.ask;
  /** The request whose answer is waited for. */
  let pending = resume;
  /** What the first request brought, while the second one is under way. */
  let first: Credential | undefined;
  /** Why nothing that comes from now on counts. */
  let stopped: ProxyError | undefined;
  let unassigned = 0;
  let turnedAway = 0;
  const answered = new Set<string>();

  const succeed = (credential: Credential): Page => {
    outcome.resolve(credential);
    const { claims, refreshToken } = credential;
    return successPage({ issuer: issuerUrl, claims, renewable: refreshToken !== undefined });
  };

  /** Brings a request to its end with a response that has the right state; never rejects. */
  const finish = async (
    request: PendingAuthorization,
    { parameters, isPasted, isCode }: Answer,
  ): Promise<Page> => {
    answered.add(request.state);
    rememberParameters(parameters);
    try {
      const { onRedeem } = signIn;
      const credential = await exchangeCode(connection, {
        pending: request,
        parameters,
        onRedeem,
        signal,
      });
      if (stopped) throw stopped;
      // At the second question somebody else may have signed in.
      if (first && first.claims?.sub !== credential.claims?.sub) return succeed(first);
      await signIn.onCredential?.(credential);
      const question = await askForConsent(credential, isPasted);
      if (stopped) throw stopped;
      return question ?? succeed(credential);
    } catch (cause) {
      const error = asProxyError(cause);
      if (first && !stopped && !signal.aborted) {
        log.info(`asking for consent brought no refresh token: ${oneLine(error.what)}`);
        if (!error.transient) await consent.remember(false);
        return succeed(first);
      }
      if (isCode && error.reason === "invalid_grant" && now() < request.expiresAt) {
        // It was none of this sign-in, so that one is still to be finished, by any process.
        answered.delete(request.state);
        await signIn.onPending?.(request);
        log.notice(`${oneLine(error.what)}: paste the whole URL of the last page instead`);
      } else {
        outcome.reject(cause);
      }
      return failurePage({
        issuer: issuerUrl,
        error,
        provider: {
          error: parameters.get("error") ?? undefined,
          description: parameters.get("error_description") ?? undefined,
        },
      });
    }
  };

  /** Leads the tab on to a request that asks for consent, when that may bring a refresh token. */
  const askForConsent = async (
    credential: Credential,
    isPasted: boolean,
  ): Promise<Page | undefined> => {
    if (asksForConsent) {
      await consent.remember(credential.refreshToken !== undefined);
      return undefined;
    }
    if (credential.refreshToken !== undefined || !consent.retry) return undefined;
    if (isPasted) {
      // There is no tab to lead on: the next sign-in asks at once.
      await consent.remember(true);
      return undefined;
    }
    const { redirectUrl, expiresAt, startPath, browserKey } = pending!;
    try {
      const second = await authorizationRequest(connection, {
        redirectUrl,
        expiresAt: Math.min(expiresAt, now() + consentTimeout),
        consent: true,
        signal,
      });
      first = credential;
      asksForConsent = true;
      pending = { ...second, startPath, browserKey };
      log.info(
        `${issuerUrl.href} gave no refresh token: asking in the same tab for consent to offline access`,
      );
      consentLimit = startTimer(giveUpConsent, second.expiresAt - now());
      return consentPage({ issuer: issuerUrl, url: second.authorizationUrl });
    } catch (error) {
      signal.throwIfAborted();
      log.info(`cannot ask for consent to offline access: ${oneLine(asProxyError(error).what)}`);
      return undefined;
    }
  };

  let reopening: Timer | undefined;
  let consentLimit: Timer | undefined;
  const giveUpConsent = async () => {
    if (!first || stopped || answered.has(pending!.state)) return;
    log.info("nobody answered the question for consent: signed in without a refresh token");
    outcome.resolve(first);
    await consent.remember(false, consentPause);
  };

  const answer = (request: Request): Promise<Page> | Page => {
    const parameters = new URL(request.url).searchParams;
    const state = stateOf(parameters);
    if (answered.has(state)) return alreadyUsedPage();
    if (!pending || !isSameText(state, pending.state)) {
      const error = parameters.get("error");
      // Any web page can send one here, but not with the cookie of this browser unseen.
      if (pending && state === "" && error !== null && isBound(request, pending)) {
        return unassignedError(error, parameters);
      }
      log.debug("an answer with a missing or foreign state came to the redirect URL");
      return foreignAnswerPage();
    }
    if (!isBound(request, pending)) {
      connection.warnOnce(
        "the provider's answer came from a browser that the sign-in was not opened in, or that keeps " +
          "no cookies, and was not used",
      );
      return otherBrowserPage();
    }
    return finish(pending, { parameters, isPasted: false, isCode: false });
  };

  let reported: string | undefined;
  const unassignedError = (error: string, parameters: URLSearchParams): Page => {
    const description = parameters.get("error_description") ?? undefined;
    const words = description === undefined ? error : `${error}: ${description}`;
    // What becomes of the sign-in is told to the client, and maybe to a model: no words of anybody's.
    if (/^[a-z_]{1,40}$/.test(error)) reported = error;
    if (++unassigned <= maxUnassigned) {
      log.warn(
        `an error without state came to the redirect URL, and the sign-in goes on: ${
          JSON.stringify(excerpt(words, { max: 300 }))
        }`,
      );
    }
    return unassignedErrorPage({ issuer: issuerUrl, error, description });
  };

  /** Sends one browser on to the provider; a second one ends the sign-in. */
  const start = async (request: Request, connection: LocalConnection): Promise<Response> => {
    if (ways.open) {
      // Whoever opens a printed URL by hand may be another user, who was given it.
      const user = await peerUser(connection);
      if (user === "closing") return new Response(null, { status: 503 });
      if (user === "busy") {
        log.warn(
          "this machine was too busy to say whose browser came to sign in, so it was not sent on",
        );
        return respond(busyPage());
      }
      if (isForeign(user)) {
        if (++turnedAway <= maxTurnedAway) log.warn(otherUser(user));
        return respond(otherUserPage());
      }
    }
    const opened = pending!;
    const who = visitor(request, opened);
    if (who === "another") {
      stopped = secondBrowser();
      log.warn(stopped.what);
      // Also when there is a credential already: it may be the other one's.
      outcome.reject(stopped);
      return respond(secondBrowserPage());
    }
    if (who === "same") return sendOn(opened, now());
    const bound = pending = bind(opened);
    // Whoever goes on with this sign-in after us has to know the browser, too.
    await signIn.onPending?.(bound);
    return sendOn(bound, now());
  };

  await using listener = await listen(connection, signIn, ways, {
    handle(request) {
      const page = answer(request);
      return page instanceof Promise ? respondWith(page, { issuer: issuerUrl }) : respond(page);
    },
    handleOther(request, connection) {
      const { startPath } = pending ?? {};
      const isStart = startPath !== undefined &&
        isSameText(new URL(request.url).pathname, startPath);
      return isStart ? start(request, connection) : undefined;
    },
  });
  // Not before: the port may have been somebody else's for a long time.
  const expiresAt = resume?.expiresAt ?? now() + loginTimeout;
  const asked = resume ?? {
    ...await authorizationRequest(connection, {
      redirectUrl: listener.redirectUrl,
      expiresAt,
      consent: asksForConsent,
      signal,
    }),
    // Where the answer may be pasted, the browser may be one that this listener is out of reach for.
    startPath: ways.terminal ? undefined : newStartPath(),
  };
  pending = asked;
  const { redirectUrl } = asked;
  using _patience = startTimer(() => {
    if (answered.size === 0) outcome.reject(tooSlow(connection, { redirectUrl, reported }));
  }, expiresAt - now());
  const stop = () => outcome.reject(signal.reason);
  signal.addEventListener("abort", stop);
  try {
    const url = startUrl(asked);
    if (asked.startPath !== undefined) signIn.onInvitation?.({ url, expiresAt });
    if (asked !== resume) await signIn.onPending?.(asked);
    signal.throwIfAborted();
    if (!resume) announce(url, { ways, connection, outcome });
    else if (!isDue(signIn, now())) {
      log.info(`waiting for a sign-in that was begun already: ${url}`);
    }
    if (resume) armReopening(signIn.reopenAt ?? Infinity);
    if (ways.terminal) {
      readAnswers(ways.terminal, asked).catch(outcome.reject);
    }
    const credential = await outcome.promise;
    const account = accountName(credential.claims);
    log.info(`signed in${account ? ` as ${excerpt(account)}` : ""} at ${issuerUrl.href}`);
    return credential;
  } finally {
    consentLimit?.stop();
    reopening?.stop();
    done.abort();
    signal.removeEventListener("abort", stop);
  }

  /** Shows the person the page once more at this time, unless they have come by then. */
  function armReopening(at: number): void {
    if (at === Infinity || done.signal.aborted) return;
    reopening = startTimer(() => void reopen().catch(outcome.reject), Math.max(0, at - now()));
  }

  async function reopen(): Promise<void> {
    const hasCome = pending!.browserKey !== resume!.browserKey || answered.size > 0;
    if (hasCome || done.signal.aborted || stopped) return;
    try {
      // No tab opens before the provider has shown that it is there.
      await connection.refetchMetadata(signal);
      if (isPushed(resume!)) {
        // It knows such a request for a minute or so.
        const again = await authorizationRequest(connection, {
          redirectUrl,
          expiresAt,
          instead: resume,
          consent: asksForConsent,
          signal,
        });
        const { startPath, browserKey } = pending!;
        pending = { ...again, startPath, browserKey };
        await signIn.onPending?.(pending);
      }
      await signIn.onReopen?.();
    } catch (error) {
      if (signal.aborted || done.signal.aborted) return;
      log.info(`the page is not opened again yet: ${oneLine(asProxyError(error).what)}`);
      return armReopening(now() + reopenPause);
    }
    if (answered.size === 0 && !done.signal.aborted) {
      announce(startUrl(pending!), { ways, connection, outcome });
    }
  }

  /** Takes what the person pastes until the sign-in has come to an end. */
  async function readAnswers(
    terminal: ControllingTerminal,
    request: PendingAuthorization,
  ): Promise<void> {
    while (!done.signal.aborted) {
      const pasted = await readPastedResponse(terminal, {
        pending: request,
        issuer: connection.server.issuer,
        log,
        signal: done.signal,
      });
      if (!pasted || answered.has(request.state)) return;
      await finish(request, { ...pasted, isPasted: true });
    }
  }
}

/** An authorization response and how it came. */
interface Answer extends PastedResponse {
  /** Whether a person typed it, so that there is no tab which could show something. */
  isPasted: boolean;
}

/** Whether the page is to be opened again at once. */
function isDue({ reopenAt = Infinity }: SignInOptions, now: number): boolean {
  return reopenAt <= now;
}

function isConsentRequest({ authorizationUrl }: PendingAuthorization): boolean {
  const prompt = new URL(authorizationUrl).searchParams.get("prompt") ?? "";
  return prompt.split(" ").includes("consent");
}

/** The listener; one that hears nothing when the port is taken and the answer can be pasted. */
async function listen(
  { options }: ProviderConnection,
  signIn: SignInOptions,
  { terminal }: CodeFlowWays,
  handlers: Pick<RedirectListenerOptions, "handle" | "handleOther">,
): Promise<RedirectListener> {
  const { resume, reservePort } = signIn;
  const urls = resume ? [new URL(resume.redirectUrl)] : options.redirectUrls;
  const refuse = (request: Parameters<typeof wrongAddressPage>[0]) =>
    respond(wrongAddressPage(request));
  try {
    return await openRedirectListener(urls, { ...handlers, refuse, reservePort });
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
  open(new URL(url)).catch(async (error) => {
    if (await openOrFail?.().catch(() => false)) return outcome.reject(error);
    const why = error instanceof ProxyError ? error.what : describe(error);
    log.notice(`${oneLine(why)}; open this URL in a browser on this machine to sign in: ${url}`);
  });
}

function tooSlow(
  { client, options }: ProviderConnection,
  { redirectUrl, reported }: { redirectUrl: string; reported?: string },
): ProxyError {
  return new ProxyError({
    category: "Authentication error",
    what: `nobody signed in within ${Math.round(options.loginTimeout / 1000)} s${
      reported ? `; an error without state came meanwhile: ${reported}` : ""
    }`,
    // What a provider shows on a page of its own never comes back here.
    fix:
      "start again, or raise --login-timeout; if the browser showed an error instead, register " +
      `the redirect URL ${
        toRegister(redirectUrl, options.redirectUrls)
      } for the client ${client.client_id} at the provider`,
    reason: "login_timeout",
  });
}

/** What a provider has to know of a redirect URL: no port that was only taken for this sign-in. */
function toRegister(redirectUrl: string, configured: readonly URL[]): string {
  const { host, hostname, pathname } = new URL(redirectUrl);
  const isAnyPort = !configured.some((url) => url.host === host) &&
    configured.some((url) => url.port === "0" && url.hostname === hostname);
  return isAnyPort ? `http://${hostname}${pathname}, with any port,` : redirectUrl;
}
