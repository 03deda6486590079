import { excerpt } from "../../base/excerpt.ts";

/** More of a body than this is not looked into, in bytes: some servers put a stack trace in. */
const maxExamined = 128 * 1024;
/** An excerpt is made of no more of a text than this, in characters. */
const maxText = 800;

/**
 * What the body of an HTTP error says to a person, in one bounded line: the message in JSON (also
 * RFC 9457), the title of a page, or the text itself; empty when it says nothing.
 */
export function errorExcerpt(contentType: string, body: Uint8Array): string {
  const text = new TextDecoder().decode(body.subarray(0, maxExamined));
  const isPage = /html/i.test(contentType) ||
    /^\s*<(?:!doctype|html|head|body|title)\b/i.test(text);
  const said = isPage
    ? titleOf(text)
    : /json/i.test(contentType)
    ? messageOf(text)
    : /^(?:text\/plain|$)/i.test(contentType)
    ? text.slice(0, maxText)
    : "";
  return excerpt(said);
}

/** The usual members of an error in JSON, those that are written for people first. */
function messageOf(text: string): string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return "";
  }
  if (typeof value === "string") return value;
  const body = (value ?? {}) as Record<string, unknown>;
  const inner = (body.error ?? body.jsonRpcError) as { message?: unknown } | undefined;
  const said = [
    body.error_description,
    body.message,
    body.detail,
    body.title,
    inner?.message,
    body.error,
  ].find((candidate) => typeof candidate === "string" && candidate.trim() !== "");
  return said as string | undefined ?? "";
}

/** The title of a page, or its first heading, which is all that is worth showing of one. */
function titleOf(page: string): string {
  const [, title] = /<(?:title|h1)[^>]*>([^<]{1,1000})/i.exec(page) ?? [];
  return (title ?? "").replace(/&(amp|lt|gt|quot|#39|nbsp);/g, (_, name) => characters[name]);
}

const characters: Record<string, string> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  "#39": "'",
  nbsp: " ",
};
