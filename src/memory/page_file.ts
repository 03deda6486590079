import { concatBytes } from "../base/concat_bytes.ts";

/** A page of a list, or all of another answer. */
export interface Page {
  /** The cursor that it came under; none for a first page. */
  cursor: string | undefined;
  /** What was said. */
  content: Uint8Array;
  /** When, in milliseconds since the epoch. */
  at: number;
}

/** The version of the form; another one is not read. */
const version = 1;

/** What stands in the first line. */
interface Head {
  version: number;
  pages: { cursor?: string; at: number; length: number }[];
}

/** Pages as the content of a file: a line of JSON, then what was said, byte for byte. */
export function encodePages(pages: readonly Page[]): Uint8Array<ArrayBuffer> {
  const head: Head = {
    version,
    pages: pages.map(({ cursor, content, at }) => ({ cursor, at, length: content.length })),
  };
  const line = new TextEncoder().encode(`${JSON.stringify(head)}\n`);
  return concatBytes([line, ...pages.map(({ content }) => content)]) as Uint8Array<ArrayBuffer>;
}

/** The pages that {@linkcode encodePages} made a file of; `undefined` for anything else. */
export function decodePages(bytes: Uint8Array): Page[] | undefined {
  const end = bytes.indexOf(0x0a);
  const head = parse(bytes.subarray(0, Math.max(0, end)));
  if (head?.version !== version || !Array.isArray(head.pages)) return undefined;
  const pages: Page[] = [];
  let from = end + 1;
  for (const { cursor, at, length } of head.pages) {
    const to = from + length;
    if (!Number.isSafeInteger(length) || length < 0 || to > bytes.length) return undefined;
    pages.push({ cursor, at, content: bytes.slice(from, to) });
    from = to;
  }
  return pages;
}

function parse(bytes: Uint8Array): Head | undefined {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}
