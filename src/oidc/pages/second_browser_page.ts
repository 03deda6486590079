import { html } from "./markup.ts";
import { card, type Page } from "./page.ts";

/** Shown to whoever opens the start of a sign-in that another browser has opened before. */
export function secondBrowserPage(): Page {
  return {
    status: 403,
    title: "Sign-in stopped",
    card: card({
      mood: "failure",
      heading: "This sign-in was stopped",
      lead: "It had been opened in another browser before, and one sign-in is for one browser.",
      next: html`<h2>What to do</h2>
<p>If both were you, call one of your client’s tools again or restart it, and use one browser. If the
other one was not you, somebody else who uses this machine tried to take part in your sign-in: tell its
administrator.</p>`,
    }),
  };
}
