import { excerpt } from "../../base/excerpt.ts";
import { accountName } from "../../base/account.ts";
import { html } from "./markup.ts";
import { card, type Page } from "./page.ts";

/** What {@linkcode successPage} shows. */
export interface SuccessPageData {
  /** The provider the person signed in at. */
  issuer: URL;
  /** The validated claims of the ID token, when there is one. */
  claims?: Record<string, unknown>;
  /** Whether the credential can be renewed without the person. */
  renewable: boolean;
}

/** Shown when the credential is validated and stored. */
export function successPage(data: SuccessPageData): Page {
  const { issuer, claims, renewable } = data;
  const account = accountName(claims);
  return {
    status: 200,
    title: "Signed in",
    card: card({
      mood: "success",
      heading: "You are signed in",
      lead: "Your MCP client is ready: its tools appear by themselves.",
      facts: [
        ["Account", account && excerpt(account)],
        ["Provider", issuer.host],
        [
          "Stays signed in",
          renewable ? "yes, renewed by itself" : "until the access token expires",
        ],
      ],
      next: html`<p><strong>You can close this tab.</strong></p>`,
    }),
  };
}
