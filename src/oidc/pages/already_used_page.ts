import { html } from "./markup.ts";
import { card, type Page } from "./page.ts";

/** Shown when an answer of the provider comes a second time: a reload, a back button, a replay. */
export function alreadyUsedPage(): Page {
  return {
    status: 410,
    title: "Already used",
    card: card({
      mood: "notice",
      heading: "This answer was used already",
      lead: "Each sign-in answer works once. Nothing was changed by opening it again.",
      next: html`<h2>What to do</h2>
<p>If your client works, close this tab. If it does not, call one of its tools or restart it, and a
new sign-in begins.</p>`,
    }),
  };
}
