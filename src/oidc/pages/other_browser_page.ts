import { html } from "./markup.ts";
import { card, type Page } from "./page.ts";

/** Shown when the answer comes from a browser that the sign-in was not opened in. */
export function otherBrowserPage(): Page {
  return {
    status: 403,
    title: "Another browser",
    card: card({
      mood: "notice",
      heading: "This sign-in belongs to another browser",
      lead:
        "The answer that brought you here was not used, because the sign-in was not opened in this browser, or its cookie was not kept.",
      next: html`<h2>What to do</h2>
<p>Finish the sign-in in the browser that was opened for it. If this is that browser, allow it to keep
cookies of this address, then call one of your client’s tools again or restart it.</p>`,
    }),
  };
}
