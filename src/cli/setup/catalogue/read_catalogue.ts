import { asProxyError, describe, ProxyError } from "../../../base/errors.ts";
import { readTextFile } from "../../../base/read_file.ts";
import type { HttpFetch } from "../../../net/http_client.ts";
import { readJsonc } from "../edit_jsonc.ts";
import { anyConfiguration } from "../unreadable_configuration.ts";
import type { Catalogue, CatalogueEntry } from "./catalogue_entry.ts";
import { catalogueTexts } from "./catalogue_texts.ts";
import { fetchDocument } from "./fetch_document.ts";
import { readRegistryServer, type RegistryServer } from "./registry_server.ts";

/** What {@linkcode readCatalogue} works with. */
export interface CatalogueInputs {
  /** Sends requests. */
  fetch: HttpFetch;
  /** Ends the reading. */
  signal: AbortSignal;
}

/** No catalogue has more servers or pages. */
const maxEntries = 2_000;
const maxPages = 100;

/** No file is larger, in bytes. */
const maxBytes = 8 << 20;

/**
 * Reads what servers there are from a file or an https URL: a configuration file as ours is, a
 * `server.json`, or a list as the MCP registry's API has it, page by page. Nothing in it is executed,
 * nothing that it names is asked.
 *
 * @param from a path, the https URL of such a document, or that of a registry
 * @throws {ProxyError} `catalogue_unreadable` or `invalid_catalogue`
 */
export async function readCatalogue(from: string, inputs: CatalogueInputs): Promise<Catalogue> {
  const isUrl = /^[a-z][a-z0-9+.-]*:\/\//i.test(from);
  const { value, url } = isUrl ? await read(from, inputs) : { value: await readFile(from) };
  const { servers, defaults } = value;
  if (typeof servers === "object" && servers !== null && !Array.isArray(servers)) {
    return { source: from, entries: await ownEntries({ servers, defaults }, from), others: 0 };
  }
  const listed = Array.isArray(servers)
    ? await allPages(value, { url, ...inputs })
    : "name" in value || "server" in value
    ? [value]
    : undefined;
  if (!listed) {
    throw invalid(from, "is neither a configuration file nor a list of an MCP registry");
  }
  return { source: from, ...await registryEntries(listed, from) };
}

type Json = Record<string, unknown>;

async function readFile(path: string): Promise<Json> {
  let text: string;
  try {
    text = await readTextFile(path, { maxBytes });
  } catch (error) {
    throw unreadable(path, describe(error));
  }
  return parse(text, path);
}

/** The document at a URL, or what the registry at that URL lists. */
async function read(from: string, inputs: CatalogueInputs): Promise<{ value: Json; url: URL }> {
  const url = URL.parse(from);
  if (url?.protocol !== "https:") throw unreadable(from, "only https URLs are read");
  const document = await fetchDocument(url, inputs);
  if (document.ok && document.isJson) return { value: parse(document.text, from), url };
  const list = new URL(url);
  list.pathname = `${url.pathname.replace(/\/+$/, "")}/v0.1/servers`;
  list.search = "?version=latest&limit=100";
  const page = await fetchDocument(list, inputs).catch(() => undefined);
  if (page?.ok && page.isJson) return { value: parse(page.text, list.href), url: list };
  throw unreadable(
    from,
    document.ok ? "it is no JSON, and no MCP registry" : `it answers ${document.status}`,
  );
}

async function allPages(
  first: Json,
  { url, ...inputs }: CatalogueInputs & { url?: URL },
): Promise<unknown[]> {
  const listed: unknown[] = [];
  const seen = new Set<string>();
  for (let page = first;;) {
    const { servers } = page;
    if (!Array.isArray(servers)) throw invalid(url?.href ?? "", "has a page without servers");
    listed.push(...servers);
    const { nextCursor } = Object(page.metadata);
    if (typeof nextCursor !== "string" || nextCursor === "" || !url) return listed;
    if (listed.length > maxEntries || seen.size >= maxPages || seen.has(nextCursor)) {
      throw invalid(url.href, `has more than ${maxEntries} servers, or no end`);
    }
    seen.add(nextCursor);
    const next = new URL(url);
    next.searchParams.set("cursor", nextCursor);
    const { ok, status, text } = await fetchDocument(next, inputs);
    if (!ok) throw unreadable(next.href, `it answers ${status}`);
    page = parse(text, next.href);
  }
}

async function ownEntries(
  { servers, defaults }: { servers: object; defaults: unknown },
  source: string,
): Promise<CatalogueEntry[]> {
  const named = Object.entries(servers);
  if (named.length > maxEntries) throw invalid(source, `has more than ${maxEntries} servers`);
  return await Promise.all(
    named.map(([name, settings]) =>
      entryOf({ name, title: undefined, description: undefined }, {
        settings: { ...Object(defaults), ...Object(settings) },
        source,
      })
    ),
  );
}

async function registryEntries(
  listed: readonly unknown[],
  source: string,
): Promise<Pick<Catalogue, "entries" | "others">> {
  if (listed.length > maxEntries) throw invalid(source, `has more than ${maxEntries} servers`);
  const latest = new Map<string, RegistryServer>();
  let others = 0;
  for (const each of listed) {
    const server = readRegistryServer(each);
    if (!server) others++;
    else if (server.isLatest || !latest.has(server.name)) latest.set(server.name, server);
  }
  const names = shortNames([...latest.keys()]);
  const entries = await Promise.all(
    [...latest.values()].map(({ settings, ...server }) =>
      entryOf({ ...server, name: names.get(server.name)! }, { settings, source })
    ),
  );
  return { entries, others };
}

/** `com.company/tools` is `tools`, and where several would be that, each is the whole of it. */
function shortNames(names: readonly string[]): Map<string, string> {
  const word = (text: string) => text.replace(/[^A-Za-z0-9_-]+/g, "-").replace(/^[^A-Za-z]+/, "");
  const short = names.map((name) => word(name.replace(/^.*\//, "")));
  return new Map(
    names.map((name, at) => {
      const isAlone = short.filter((other) => other === short[at]).length === 1;
      return [name, isAlone ? short[at] : word(name)];
    }),
  );
}

async function entryOf(
  { name, title, description }: Pick<CatalogueEntry, "name" | "title" | "description">,
  { settings, source }: { settings: Json; source: string },
): Promise<CatalogueEntry> {
  const entry = { name, title, description, texts: {} };
  if (!/^[A-Za-z][A-Za-z0-9_-]{0,63}$/.test(name)) {
    return { ...entry, problem: "its name has other characters than letters, digits, - and _" };
  }
  try {
    return { ...entry, texts: await catalogueTexts(settings, source) };
  } catch (error) {
    return { ...entry, problem: asProxyError(error).what };
  }
}

function parse(text: string, source: string): Json {
  let value: unknown;
  try {
    value = readJsonc(text, []);
  } catch (error) {
    throw invalid(source, describe(error).replace(`${anyConfiguration} `, ""));
  }
  if (value === undefined) throw invalid(source, "is empty");
  // Anything else than an object is none of a configuration.
  return value as Json;
}

function invalid(source: string, what: string): ProxyError {
  return new ProxyError({
    category: "Configuration error",
    what: `the catalogue ${source} ${what}`,
    fix: "see docs/rollout.md for the formats that are read",
    reason: "invalid_catalogue",
  });
}

function unreadable(source: string, what: string): ProxyError {
  return new ProxyError({
    category: "Configuration error",
    what: `the catalogue ${source} cannot be read: ${what}`,
    fix: "name a file, or an https URL that this machine can reach, with --from",
    reason: "catalogue_unreadable",
  });
}
