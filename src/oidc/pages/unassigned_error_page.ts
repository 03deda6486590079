import { html } from "./markup.ts";
import { card, type Page } from "./page.ts";
import { short } from "./failure_page.ts";

/** What {@linkcode unassignedErrorPage} shows. */
export interface UnassignedErrorPageData {
  /** The provider that the person is being signed in at. */
  issuer: URL;
  /** `error` (RFC 6749 section 4.1.2.1). */
  error: string;
  /** `error_description` */
  description?: string;
}

/**
 * Shown for an error that comes without `state`, which some providers leave out of errors: it may
 * be the answer to this sign-in or anybody's, so the sign-in goes on.
 */
export function unassignedErrorPage(data: UnassignedErrorPageData): Page {
  const { issuer, error, description } = data;
  return {
    status: 400,
    title: "Not signed in",
    card: card({
      mood: "failure",
      heading: "The provider reported an error",
      lead:
        "It did not say which sign-in it is about (there is no state in its answer), so the sign-in goes on.",
      facts: [
        ["Provider", issuer.host],
        ["Its answer", html`<code>${short(error)}</code>`],
        ["In its words", description && html`<q>${short(description)}</q>`],
      ],
      next: html`<h2>What to do</h2>
<p>If you did not start a sign-in, just close this tab. If you did, go back and try again, or have what
the provider says put right: its answer is in the program’s log, too.</p>`,
    }),
  };
}
