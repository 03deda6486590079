import { html } from "./markup.ts";
import { card, type Page } from "./page.ts";

/** Shown to another user of this machine who opens the start of a sign-in. */
export function otherUserPage(): Page {
  return {
    status: 403,
    title: "Not your sign-in",
    card: card({
      mood: "failure",
      heading: "This sign-in is not yours",
      lead: "It was begun by another user of this machine, and goes on in their browser.",
      next: html`<p>You can close this tab.</p>`,
    }),
  };
}
