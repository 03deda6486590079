import { html } from "./markup.ts";
import { card, type Page } from "./page.ts";

/** Shown when it takes too long to find out whose browser it is that begins a sign-in. */
export function busyPage(): Page {
  return {
    status: 503,
    title: "Try again",
    card: card({
      mood: "notice",
      heading: "This machine is very busy",
      lead:
        "It took too long to make sure that this browser is yours, so the sign-in has not begun.",
      next: html`<h2>What to do</h2>
<p>Reload this page. If that does not help, another user of this machine may keep it busy: tell its
administrator.</p>`,
    }),
  };
}
