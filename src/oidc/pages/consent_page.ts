import { html } from "./markup.ts";
import { card, type Page } from "./page.ts";

/** What {@linkcode consentPage} shows. */
export interface ConsentPageData {
  /** The provider the person has signed in at. */
  issuer: URL;
  /** Where the tab goes on by itself. */
  url: string;
}

/** Leads the same tab on to the provider, to be asked for consent; shown when that is not immediate. */
export function consentPage({ issuer, url }: ConsentPageData): Page {
  return {
    status: 200,
    title: "One more step",
    location: url,
    card: card({
      mood: "waiting",
      heading: "One more step",
      lead:
        "You are signed in. So that you need not sign in again each time the access token ends, your provider asks you once more whether this program may stay signed in.",
      facts: [["Provider", issuer.host]],
      // A page that was begun cannot become a redirect, and a script is not allowed on it.
      next: html`<meta http-equiv="refresh" content="0;url=${url}">
<p><a href="${url}">Go on</a></p>`,
    }),
  };
}
