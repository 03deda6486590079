import { createHash } from "node:crypto";
import { programName } from "../../base/version.ts";
import { html, type Markup, type MarkupPart, raw } from "./markup.ts";
import { icons } from "./icons.ts";
import { style } from "./style.ts";

/** A page for the person's browser, ready to be sent. */
export interface Page {
  /** The HTTP status it is sent with. */
  status: number;
  /** What the tab is called. */
  title: string;
  /** The card that the person reads: one `main` element. */
  card: Markup;
  /** Where the tab goes instead, when nothing of the page was sent yet. */
  location?: string;
}

/** What one card says. */
export interface CardContent {
  /** Which picture and colour it has. */
  mood: keyof typeof icons;
  /** The heading, without a full stop. */
  heading: string;
  /** One or two sentences under the heading. */
  lead: MarkupPart;
  /** Rows of name and value; those without a value are left out. */
  facts?: readonly (readonly [name: string, value: MarkupPart])[];
  /** What the person does next. */
  next?: MarkupPart;
}

const styleSource = `'sha256-${createHash("sha256").update(style).digest("base64")}'`;

/** The header fields every page is sent with: it loads nothing, runs nothing and is kept nowhere. */
export const pageHeaders: Readonly<Record<string, string>> = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy":
    `default-src 'none'; style-src ${styleSource}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cache-control": "no-store",
};

/** Everything of a document up to its first card. */
export function documentStart(title: string): string {
  return html`
    <!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta name="robots" content="noindex">
        <title>${title} · ${programName}</title>
        <style>${raw(style)}</style>
      </head>
      <body>
  `.text;
}

/** Everything of a document after its last card. */
export const documentEnd = "</body>\n</html>\n";

/** The card that says `content`. */
export function card(content: CardContent): Markup {
  const { mood, heading, lead, facts = [], next } = content;
  const rows = facts.filter(([, value]) => value !== undefined && value !== false && value !== "");
  return html`
    <main class="${mood}">
    <p class="brand">${icons.brand} ${programName}</p>
    <div class="sign">${icons[mood]}</div>
    <h1 tabindex="-1" autofocus>${heading}</h1>
    <p class="lead">${lead}</p>
    ${rows.length > 0 &&
      html`
        <dl>
        ${rows.map(([name, value]) =>
          html`
            <div>
              <dt>${name}</dt>
              <dd>${value}</dd>
            </div>
          `
        )}</dl>
      `}${next !== undefined && html`<div class="next">${next}</div>`}</main>
  `;
}

/** Text in which the names of settings, such as `OIDC_ISSUER_URL` or `--no-browser`, stand out. */
export function withSettings(text: string): MarkupPart {
  return text.split(/((?<![\w-])--[a-z][a-z-]+|\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b)/).map(
    (part, i) => i % 2 === 1 ? html`<code>${part}</code>` : part,
  );
}
