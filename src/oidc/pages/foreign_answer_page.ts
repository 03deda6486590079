import { html } from "./markup.ts";
import { card, type Page } from "./page.ts";

/**
 * Shown when the `state` is missing or is not that of the sign-in that is waiting (RFC 6749 section
 * 10.12); the sign-in goes on.
 */
export function foreignAnswerPage(): Page {
  return {
    status: 400,
    title: "Another sign-in",
    card: card({
      mood: "notice",
      heading: "This belongs to another sign-in",
      lead:
        "The answer that brought you here is not for the sign-in that is waiting now, so it was not used.",
      next: html`<h2>What to do</h2>
<p>Go on in the tab that was opened last, or open the URL that the program printed. If you did not
start a sign-in yourself, just close this tab.</p>`,
    }),
  };
}
