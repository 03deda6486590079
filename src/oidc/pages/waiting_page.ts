import { card, type Page } from "./page.ts";

/** What {@linkcode waitingPage} shows. */
export interface WaitingPageData {
  /** The provider that the person is being signed in at. */
  issuer: URL;
}

/** Shown while the code is exchanged and the credential is checked and stored. */
export function waitingPage(data: WaitingPageData): Page {
  return {
    status: 200,
    title: "Sign-in",
    card: card({
      mood: "waiting",
      heading: "One moment",
      lead: "Your sign-in is being confirmed with the provider. This page changes by itself.",
      facts: [["Provider", data.issuer.host]],
    }),
  };
}
