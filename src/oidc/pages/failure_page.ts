import { type ErrorCategory, type ProxyError, sentence } from "../../base/errors.ts";
import { excerpt } from "../../base/excerpt.ts";
import { html } from "./markup.ts";
import { card, type Page, withSettings } from "./page.ts";

/** What {@linkcode failurePage} shows. */
export interface FailurePageData {
  /** The provider the person tried to sign in at. */
  issuer: URL;
  /** What went wrong. */
  error: ProxyError;
  /** The provider's own words (RFC 6749 section 4.1.2.1), as they came. */
  provider?: {
    /** `error` */
    error?: string;
    /** `error_description` */
    description?: string;
  };
}

const headings: Readonly<Record<string, string>> = {
  access_denied: "The sign-in was declined",
  login_timeout: "The sign-in took too long",
};

const statuses: Readonly<Record<ErrorCategory, number>> = {
  "Configuration error": 400,
  "Authentication error": 400,
  "Network error": 502,
  "Backend error": 502,
  "System error": 500,
  "Internal error": 500,
};

/** Shown when the sign-in failed: why, what the provider said, and which setting to change. */
export function failurePage(data: FailurePageData): Page {
  const { issuer, error, provider } = data;
  return {
    status: statuses[error.category],
    title: "Not signed in",
    card: card({
      mood: "failure",
      heading: headings[error.reason] ?? "The sign-in did not work",
      lead: withSettings(capitalized(error.what)),
      facts: [
        ["Provider", issuer.host],
        [
          "Its answer",
          provider?.error && html`<code>${short(provider.error)}</code>`,
        ],
        [
          "In its words",
          provider?.description && html`<q>${short(provider.description)}</q>`,
        ],
      ],
      next: html`<h2>What to do</h2>
<p>${withSettings(capitalized(error.fix))}</p>`,
    }),
  };
}

function capitalized(text: string): string {
  // A URL or the name of a setting at the start stays as it is.
  return sentence(text).replace(/^[a-z](?=[a-z]*[\s,])/, (letter) => letter.toUpperCase());
}

/** What came from outside, without our secrets and not longer than a page can show. */
export function short(text: string): string {
  return excerpt(text, { max: 500 });
}
