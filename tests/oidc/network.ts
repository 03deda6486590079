/**
 * The way to other servers as the module `oidc` is given it, for tests of what is asked of them and of
 * what comes of an answer: requests end in a function instead of at a server.
 *
 * @module
 */
import type { ProviderNotes } from "../../src/base/provider_notes.ts";
import type { Fetch } from "../../src/oidc/provider_fetch.ts";

/** A request as it would have gone out. */
export interface Sent {
  url: URL;
  method: string;
  headers: Headers;
  /** Its body. */
  body: string;
  /** The body read as a form. */
  parameters: URLSearchParams;
  signal: AbortSignal | undefined;
}

/** What a request is answered with: a whole answer, JSON with the status 200, or else 404. */
export type Answer = Response | Record<string, unknown> | undefined;

/** The network, and what was sent on it. */
export interface Network {
  fetch: Fetch;
  sent: Sent[];
  /** The URLs of what was sent. */
  urls(): string[];
}

/** A network whose requests are answered by this function. */
export function createNetwork(answer: (sent: Sent) => Answer | Promise<Answer>): Network {
  const sent: Sent[] = [];
  return {
    sent,
    urls: () => sent.map(({ url }) => url.href),
    async fetch(url, { method = "GET", headers, body, signal } = {}) {
      signal?.throwIfAborted();
      const text = body instanceof ReadableStream
        ? await new Response(body).text()
        : String(body ?? "");
      const request: Sent = {
        url: new URL(url),
        method,
        headers: new Headers(headers),
        body: text,
        parameters: new URLSearchParams(text),
        signal: signal ?? undefined,
      };
      sent.push(request);
      const answered = await answer(request);
      if (answered instanceof Response) return answered;
      return answered ? Response.json(answered) : new Response(null, { status: 404 });
    },
  };
}

/** Notes in memory. */
export interface MemoryNotes extends ProviderNotes {
  values: Map<string, unknown>;
  /** How long each is to be kept, in milliseconds. */
  lifetimes: Map<string, number | undefined>;
}

/** Makes notes in memory. */
export function createMemoryNotes(): MemoryNotes {
  const values = new Map<string, unknown>();
  const lifetimes = new Map<string, number | undefined>();
  return {
    values,
    lifetimes,
    read: (name) => Promise.resolve(values.get(name)),
    write(name, value, lifetime) {
      values.set(name, structuredClone(value));
      lifetimes.set(name, lifetime);
      return Promise.resolve();
    },
    remove: (name) => Promise.resolve(void values.delete(name)),
  };
}

/** Notes that can neither be read nor written. */
export const brokenNotes: ProviderNotes = {
  read: () => Promise.reject(new Error("the notes cannot be read")),
  write: () => Promise.reject(new Error("the notes cannot be written")),
  remove: () => Promise.reject(new Error("the notes cannot be removed")),
};
