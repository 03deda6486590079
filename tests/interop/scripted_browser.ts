/**
 * A person at a browser, for the pages of providers that others wrote: follows links and redirects,
 * keeps cookies, fills in what is asked, and presses the button that allows or the one that denies.
 * A page that needs its script names what that does.
 *
 * @module
 */
import { certificateFile } from "../support/https_server.ts";
import type { Page } from "../support/person.ts";

/** Who sits there and what they do. */
export interface ScriptedBrowserOptions {
  /** What they sign in with. */
  person: { readonly name: string; readonly password: string };
  /** What they answer when they are asked for consent; `allow` unless told otherwise. */
  consent?: "allow" | "deny";
  /** Does more to a form before it is sent, by the names of its fields. */
  fill?(form: Form, page: Page): void;
  /** Stands in for the scripts of pages: where the browser goes next, if they lead anywhere. */
  script?(page: Page, ask: Ask): Promise<URL | undefined>;
}

/** How the script of a page asks its server, with the cookies of the browser. */
export type Ask = (method: string, url: URL, json?: unknown) => Promise<Response>;

/** A form of a page, as it will be sent. */
export interface Form {
  /** Where it goes. */
  readonly action: URL;
  /** How. */
  readonly method: "GET" | "POST";
  /** Its fields with their values; boxes that are not ticked are in {@linkcode Form.boxes}. */
  readonly fields: Map<string, string[]>;
  /** The boxes that are not ticked, as name and value. */
  readonly boxes: readonly (readonly [name: string, value: string])[];
  /** What can be pressed. */
  readonly buttons: readonly FormButton[];
}

/** A button that sends a {@linkcode Form}. */
export interface FormButton {
  readonly name: string;
  readonly value: string;
  /** What stands on it. */
  readonly text: string;
}

/** A person at a browser of their own, with cookies that stay. */
export interface ScriptedBrowser {
  /** Opens a URL and goes on until a page asks nothing, or asks the same again. */
  visit(url: URL, more?: { userCode?: string }): Promise<Page>;
}

const denies = /\b(cancel|deny|no|decline|reject)\b/i;

/** Sits down at a new browser. */
export function createScriptedBrowser(options: ScriptedBrowserOptions): ScriptedBrowser {
  const jars = new Map<string, Map<string, string>>();
  // Somebody at a company's machine, whose browser knows the company's authority.
  const client = Deno.createHttpClient({
    caCerts: [Deno.readTextFileSync(certificateFile("authority.pem"))],
  });
  const ask: Ask = (method, url, json) => load(url, { method, json, jars, client });
  return {
    async visit(start, more = {}) {
      let url = start;
      let form: Form | undefined;
      const sent = new Map<string, number>();
      for (let step = 0; step < 30; step++) {
        const response = await load(url, { form, jars, client });
        const html = await response.text();
        const page: Page = { url, status: response.status, headers: response.headers, html };
        const location = response.headers.get("location");
        form = undefined;
        if (location !== null && response.status >= 300 && response.status < 400) {
          url = new URL(location, url);
          continue;
        }
        const led = response.ok ? await options.script?.(page, ask) : undefined;
        if (led) {
          url = led;
          continue;
        }
        const next = response.ok ? findForm(page) : undefined;
        if (!next) return page;
        const link = options.consent === "deny" && !next.fields.has("password")
          ? denyingLink(page)
          : undefined;
        if (link) {
          url = link;
          continue;
        }
        // A page that comes back after it was answered did not take the answer.
        const kind = `${next.action.pathname} ${[...next.fields.keys()].sort()}`;
        const times = (sent.get(kind) ?? 0) + 1;
        if (times > 2) return page;
        sent.set(kind, times);
        answer(next, { ...options, ...more, page });
        form = next;
        url = next.action;
      }
      throw new Error(
        `the person was sent around for ever, at last to ${url.origin}${url.pathname}`,
      );
    },
  };
}

interface Loading {
  form?: Form;
  /** For what a script asks: GET unless told otherwise. */
  method?: string;
  json?: unknown;
  client: Deno.HttpClient;
  jars: Map<string, Map<string, string>>;
}

async function load(
  url: URL,
  { form, method = form?.method ?? "GET", json, jars, client }: Loading,
): Promise<Response> {
  const jar = jars.get(url.hostname) ?? new Map<string, string>();
  jars.set(url.hostname, jar);
  const values = new URLSearchParams();
  for (const [name, list] of form?.fields ?? []) {
    list.forEach((value) => values.append(name, value));
  }
  const sendsForm = form?.method === "POST";
  if (form && !sendsForm) url.search = values.toString();
  const response = await fetch(url, {
    method,
    body: sendsForm ? values : json === undefined ? undefined : JSON.stringify(json),
    redirect: "manual",
    client,
    headers: {
      accept: "text/html",
      cookie: [...jar].map(([name, value]) => `${name}=${value}`).join("; "),
      ...json === undefined ? {} : { "content-type": "application/json" },
      ...method === "GET" ? {} : { origin: url.origin, referer: url.href },
    },
  });
  for (const line of response.headers.getSetCookie()) {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    if (name === undefined) continue;
    if (value === "" || /expires=Thu, 01[ -]Jan[ -]1970|max-age=0/i.test(line)) jar.delete(name);
    else jar.set(name, value!);
  }
  return response;
}

interface Answering extends ScriptedBrowserOptions {
  userCode?: string;
  page: Page;
}

function answer(form: Form, options: Answering): void {
  const { person, consent = "allow", userCode, fill, page } = options;
  const set = (name: string, value: string) => {
    if (form.fields.has(name)) form.fields.set(name, [value]);
  };
  for (const name of ["username", "login", "email"]) set(name, person.name);
  set("password", person.password);
  for (const name of ["user_code", "device_user_code", "code"]) if (userCode) set(name, userCode);
  // What a consent page lets the person choose from.
  for (const [name, value] of form.boxes) {
    if (name === "scope" && consent === "allow") {
      form.fields.set(name, [...form.fields.get(name) ?? [], value]);
    }
  }
  const isDenial = ({ name, value, text }: FormButton) => denies.test(`${name} ${value} ${text}`);
  const button = consent === "deny" && !form.fields.has("password")
    ? form.buttons.find(isDenial) ?? form.buttons[0]
    : form.buttons.find((button) => !isDenial(button));
  if (button?.name) form.fields.set(button.name, [button.value]);
  fill?.(form, page);
}

/** Where a page has a link for it instead of a button. */
function denyingLink({ html, url }: Page): URL | undefined {
  for (const [, tag, text] of html.matchAll(/<a\b([^>]*)>([\s\S]*?)<\/a>/gi)) {
    const href = attribute(tag!, "href");
    if (href && denies.test(text!)) return new URL(href, url);
  }
}

/** The form that a person would see as the page's question. */
function findForm(page: Page): Form | undefined {
  const forms = [...page.html.matchAll(/<form\b[^>]*>([\s\S]*?)<\/form>/gi)]
    .map(([whole, inner]) => read(whole, { inner: inner!, page }));
  return forms.find((form) => form.fields.has("password")) ??
    forms.find((form) => form.method === "POST" && form.buttons.length > 0) ??
    forms.find((form) => form.method === "POST") ?? forms.find((form) => form.buttons.length > 0);
}

function read(whole: string, { inner, page }: { inner: string; page: Page }): Form {
  const tag = /^<form\b[^>]*>/i.exec(whole)![0];
  const fields = new Map<string, string[]>();
  const boxes: [string, string][] = [];
  const buttons: FormButton[] = [];
  for (const [input] of inner.matchAll(/<input\b[^>]*>/gi)) {
    const name = attribute(input, "name") ?? "";
    const type = (attribute(input, "type") ?? "text").toLowerCase();
    const value = attribute(input, "value");
    if (type === "submit" || type === "image") {
      buttons.push({ name, value: value ?? "", text: value ?? "" });
    } else if (/\sdisabled\b/i.test(input) || type === "button" || name === "") {
      continue;
    } else if ((type === "checkbox" || type === "radio") && !/\schecked\b/i.test(input)) {
      boxes.push([name, value ?? "on"]);
    } else {
      fields.set(name, [...fields.get(name) ?? [], value ?? (type === "checkbox" ? "on" : "")]);
    }
  }
  for (const [, start, text] of inner.matchAll(/<button\b([^>]*)>([\s\S]*?)<\/button>/gi)) {
    if (/^(button|reset)$/i.test(attribute(start!, "type") ?? "submit")) continue;
    buttons.push({
      name: attribute(start!, "name") ?? "",
      value: attribute(start!, "value") ?? "",
      text: text!.replace(/<[^>]*>/g, "").trim(),
    });
  }
  const action = attribute(tag, "action");
  return {
    action: new URL(action || page.url, page.url),
    method: /^post$/i.test(attribute(tag, "method") ?? "") ? "POST" : "GET",
    fields,
    boxes,
    buttons,
  };
}

function attribute(tag: string, name: string): string | undefined {
  const [, quoted, single] = new RegExp(`\\s${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`, "i")
    .exec(` ${tag}`) ?? [];
  return (quoted ?? single)?.replace(
    /&(?:#x([0-9a-f]+)|#(\d+)|(amp|lt|gt|quot|apos));/gi,
    (_, hex, decimal, word) =>
      word
        ? entities[word.toLowerCase()]!
        : String.fromCodePoint(parseInt(hex ?? decimal, hex ? 16 : 10)),
  );
}

const entities: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
