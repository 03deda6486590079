/**
 * Plays the person who signs in: follows the links, fills in the forms and keeps the cookies, with
 * nothing but `fetch`.
 *
 * @module
 */
import { within } from "./within.ts";

/** What the person sees at the end of their way. */
export interface Page {
  /** Where it was shown. */
  url: URL;
  /** Its HTTP status. */
  status: number;
  /** Its header fields. */
  headers: Headers;
  /** Its HTML. */
  html: string;
}

/** What kind of person it is. */
export interface PersonOptions {
  /** What they sign in as; `ada` unless told otherwise. */
  login?: string;
  /** `deny` presses "Cancel" on the first page. */
  consent?: "allow" | "deny";
  /** Stops the person before they follow this link, with what they would have seen last. */
  stopBefore?: (url: URL) => boolean;
}

/** A person at a browser of their own: whoever signed in once is not asked for the password again. */
export interface Person {
  /**
   * Opens a URL, goes through whatever the provider asks, and ends with the first page that asks
   * nothing: the one at the redirect URL, when all goes well.
   */
  visit(url: URL | string): Promise<Page>;
  /** The cookies that their browser would send there, for requests that it does not make by itself. */
  cookies(url: URL | string): string;
  /**
   * Opens a URL that leads on to the provider, as the browser does by itself, and returns where the
   * person finds the tab; the one given when it is the provider's already.
   */
  openTab(url: URL | string): Promise<URL>;
}

/**
 * A person for the pages of `tests/support/provider.ts`.
 *
 * @example
 * ```ts ignore
 * const page = await createPerson({ login: "ada" }).visit(await browser.opened());
 * assert.equal(page.status, 200);
 * ```
 */
export function createPerson(options: PersonOptions = {}): Person {
  const cookies = new Map<string, Map<string, string>>();
  return {
    visit: (url) => visit(new URL(url), options, cookies),
    cookies: (url) => cookieField(new URL(url), cookies),
    async openTab(url) {
      const start = new URL(url);
      if (!start.pathname.startsWith("/sign-in/")) return start;
      const { response } = await within(request(start, undefined, cookies), {
        what: `the page at ${start.origin}`,
      });
      return new URL(response.headers.get("location") ?? start, start);
    },
  };
}

type Cookies = Map<string, Map<string, string>>;

async function visit(start: URL, options: PersonOptions, cookies: Cookies): Promise<Page> {
  let url = start;
  let form: URLSearchParams | undefined;
  for (let step = 0; step < 25; step++) {
    const { response, html } = await within(request(url, form, cookies), {
      what: `the page at ${url.origin}${url.pathname}`,
    });
    form = undefined;
    const page = { url, status: response.status, headers: response.headers, html };
    const location = response.headers.get("location");
    let next: URL;
    const refresh = /<meta http-equiv="refresh" content="0;url=([^"]*)"/.exec(html)?.[1];
    if (location !== null && response.status >= 300 && response.status < 400) {
      next = new URL(location, url);
    } else if (refresh !== undefined) {
      next = new URL(refresh.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(code)), url);
    } else {
      const found = response.ok ? findForm(html) : undefined;
      if (!found) return page;
      if (options.consent === "deny" && found.cancel) {
        next = new URL(found.cancel, url);
      } else {
        next = new URL(found.action, url);
        form = fill(found.fields, options.login ?? "ada");
      }
    }
    if (options.stopBefore?.(next)) return page;
    url = next;
  }
  throw new Error(`the person was sent around for ever, at last to ${url.origin}${url.pathname}`);
}

function cookieField(url: URL, cookies: Cookies): string {
  return [...cookies.get(url.host) ?? []].map(([name, value]) => `${name}=${value}`).join("; ");
}

async function request(url: URL, form: URLSearchParams | undefined, cookies: Cookies) {
  const jar = cookies.get(url.host) ?? new Map<string, string>();
  cookies.set(url.host, jar);
  const response = await fetch(url, {
    method: form ? "POST" : "GET",
    body: form,
    redirect: "manual",
    headers: { cookie: cookieField(url, cookies) },
  });
  for (const line of response.headers.getSetCookie()) {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    if (name === undefined) continue;
    if (value === "" || /expires=Thu, 01 Jan 1970/i.test(line)) jar.delete(name);
    else jar.set(name, value);
  }
  return { response, html: await response.text() };
}

interface Form {
  action: string;
  fields: Map<string, string>;
  cancel?: string;
}

function findForm(html: string): Form | undefined {
  const [tag, inner] = /<form\b[^>]*>([\s\S]*?)<\/form>/i.exec(html) ?? [];
  if (tag === undefined || inner === undefined) return;
  const fields = new Map<string, string>();
  for (const [input] of inner.matchAll(/<input\b[^>]*>/gi)) {
    const name = attribute(input, "name");
    if (name) fields.set(name, attribute(input, "value") ?? "");
  }
  const [link] = [...html.matchAll(/<a\b[^>]*>\s*\[ Cancel \]/gi)][0] ?? [];
  return {
    action: attribute(tag, "action") ?? "",
    fields,
    cancel: link && attribute(link, "href"),
  };
}

function attribute(tag: string, name: string): string | undefined {
  const value = new RegExp(`\\b${name}="([^"]*)"`, "i").exec(tag)?.[1];
  return value?.replace(/&(amp|lt|gt|quot|#39);/g, (_, entity: string) => entities[entity] ?? "");
}

const entities: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" };

function fill(fields: Map<string, string>, login: string): URLSearchParams {
  if (fields.has("login")) fields.set("login", login);
  if (fields.has("password")) fields.set("password", "any will do");
  return new URLSearchParams([...fields]);
}
