import { excerpt } from "../../base/excerpt.ts";
import { html } from "./markup.ts";
import { card, type Page } from "./page.ts";

/** What {@linkcode wrongAddressPage} shows. */
export interface WrongAddressPageData {
  /** The redirect URL that is listened on. */
  redirectUrl: URL;
  /** The path that was asked for. */
  path: string;
  /** True when the path is right and the method is not GET: status 405, to be sent with `Allow: GET`. */
  wrongMethod?: boolean;
}

/** Shown for everything that is asked of the listener beside the redirect URL. */
export function wrongAddressPage(data: WrongAddressPageData): Page {
  const { redirectUrl, path, wrongMethod } = data;
  return {
    status: wrongMethod ? 405 : 404,
    title: "Wrong address",
    card: card({
      mood: "notice",
      heading: "There is nothing at this address",
      lead: "A sign-in is waiting on this port, but not here.",
      facts: [
        ["Asked for", html`<code>${excerpt(path)}</code>`],
        ["Waiting at", html`<code>${redirectUrl.origin + redirectUrl.pathname}</code>`],
      ],
      next: html`<h2>What to do</h2>
<p>If the provider sent you here, the redirect URL registered there and <code
>OIDC_REDIRECT_URL</code> differ: make both the same, letter by letter.</p>`,
    }),
  };
}
