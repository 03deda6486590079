import { excerpt } from "../../base/excerpt.ts";
import type { ProviderConnection } from "../provider_connection.ts";
import { authorizationRequest } from "./authorization_request.ts";

/** What a provider answered to an authorization request that nobody sees. */
export type SilentAnswer =
  /** It knows client and redirect URL: it would ask the person to sign in now. */
  | { kind: "known" }
  /** It knows both, and refuses the request as an OAuth error. */
  | { kind: "refused"; error: string; description?: string }
  /**
   * It shows an error page, and does not send anybody back to the redirect URL. Whether that is about
   * the client is absent when the page is empty, for whatever is wrong.
   */
  | { kind: "error page"; status: number; page: string; isClientUnknown?: boolean }
  /** It shows some other page, which tells nothing. */
  | { kind: "unclear"; status: number };

/** What {@linkcode askSilently} needs. */
export interface SilentRequestOptions {
  /** The redirect URL whose registration is in question. */
  redirectUrl: string;
  /** Ends the wait. */
  signal: AbortSignal;
}

/** The errors of OpenID Connect Core section 3.1.2.6 that say that a person would have to be asked. */
const needsPerson: ReadonlySet<string> = new Set([
  "login_required",
  "interaction_required",
  "account_selection_required",
  "consent_required",
]);

const maxRedirects = 5;
/** In bytes: what a page says stands in its beginning. */
const maxPage = 65_536;
const patience = 10_000;

/**
 * Sends the authorization request of a sign-in with `prompt=none` (OpenID Connect Core section
 * 3.1.2.1), without a browser and without cookies: whoever knows the client and its redirect URL
 * answers there that somebody has to sign in. Nothing is granted by it.
 *
 * Which of the two an error page is about, no standard says. A client that nobody can have registered
 * tells: when that gets the same page, it is the client.
 *
 * @throws {ProxyError} when the provider does not answer, or refuses a pushed request
 */
export async function askSilently(
  connection: ProviderConnection,
  { redirectUrl, signal }: SilentRequestOptions,
): Promise<SilentAnswer> {
  const { authorizationUrl } = await authorizationRequest(connection, {
    redirectUrl,
    expiresAt: connection.now() + patience,
    isSilent: true,
    signal,
  });
  const asked = new URL(authorizationUrl);
  const answer = await visit(connection, asked, { redirectUrl, signal });
  if ("parameters" in answer) {
    const error = answer.parameters.get("error");
    if (error === null || needsPerson.has(error)) return { kind: "known" };
    const description = answer.parameters.get("error_description") ?? undefined;
    return { kind: "refused", error, description };
  }
  const { status, page } = answer;
  // A fault of the provider's own, which some have with a request that asks nobody.
  if (status < 400 || status >= 500) return { kind: "unclear", status };
  // What was pushed names the client by itself.
  if (asked.searchParams.has("request_uri")) {
    return { ...answer, kind: "error page", isClientUnknown: false };
  }
  const unknown = `nobody-${crypto.randomUUID()}`;
  const other = new URL(asked);
  other.searchParams.set("client_id", unknown);
  const compared = await visit(connection, other, { redirectUrl, signal });
  const without = (text: string, id: string) => text.replaceAll(id, "");
  const isSame = "page" in compared && compared.status === status &&
    without(compared.page, unknown) === without(page, connection.client.client_id);
  return {
    kind: "error page",
    status,
    page: excerpt(page),
    ...(!isSame || page !== "") && { isClientUnknown: isSame },
  };
}

/** Follows redirects at the provider; what comes back is the redirect URL's parameters or a page. */
async function visit(
  { options }: ProviderConnection,
  start: URL,
  { redirectUrl, signal }: SilentRequestOptions,
): Promise<{ parameters: URLSearchParams } | { status: number; page: string }> {
  const send = options.fetch ?? fetch;
  const back = new URL(redirectUrl);
  const limited = AbortSignal.any([signal, AbortSignal.timeout(patience)]);
  let url = start;
  for (let redirects = 0;; redirects++) {
    const response = await send(url.href, {
      headers: { accept: "text/html" },
      redirect: "manual",
      signal: limited,
    });
    const location = response.headers.get("location");
    if (response.status < 300 || response.status >= 400 || location === null) {
      return { status: response.status, page: visibleText(await beginning(response)) };
    }
    await response.body?.cancel();
    const target = URL.parse(location, url);
    if (target?.origin === back.origin && target.pathname === back.pathname) {
      return { parameters: target.searchParams };
    }
    // Nothing of the request goes to anybody else.
    if (target?.origin !== start.origin || redirects === maxRedirects) {
      return { status: response.status, page: "" };
    }
    url = target;
  }
}

async function beginning({ body }: Response): Promise<string> {
  if (!body) return "";
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > maxPage) break;
  }
  return text;
}

/** What a person would read of a page, on one line. */
function visibleText(html: string): string {
  const body = html.replace(/<(script|style|head)\b[^]*?<\/\1\s*>/gi, " ");
  return body.replace(/<[^>]*>/g, " ").replace(/&(?:[a-z]+|#\d+);/gi, " ").replace(/\s+/g, " ")
    .trim();
}
