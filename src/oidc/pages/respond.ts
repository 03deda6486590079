import { documentEnd, documentStart, type Page, pageHeaders } from "./page.ts";
import { waitingPage } from "./waiting_page.ts";

/** How {@linkcode respondWith} treats a page that is not ready yet. */
export interface RespondOptions {
  /** The provider that the person is being signed in at. */
  issuer: URL;
  /** After how many milliseconds the waiting page is shown; 300 by default. */
  patience?: number;
}

/** The whole document of a page. */
export function pageHtml(page: Page): string {
  return documentStart(page.title) + page.card.text + documentEnd;
}

/** The response that shows a page. */
export function respond(page: Page, headers?: Record<string, string>): Response {
  const { location } = page;
  return new Response(pageHtml(page), {
    status: location === undefined ? page.status : 303,
    headers: { ...pageHeaders, ...headers, ...(location !== undefined && { location }) },
  });
}

/**
 * The response that shows a page as soon as it is ready. When that takes longer than the patience,
 * the waiting page is sent at once and the finished page follows in the same response: no script, no
 * reload, no second request to a listener that may be gone by then.
 *
 * The promise must not reject; make the failure page of whatever went wrong.
 */
export async function respondWith(page: Promise<Page>, options: RespondOptions): Promise<Response> {
  const { issuer, patience = 300 } = options;
  const tired = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => tired.resolve(undefined), patience);
  const ready = await Promise.race([page, tired.promise]);
  clearTimeout(timer);
  if (ready) return respond(ready);
  const waiting = waitingPage({ issuer });
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(encoder.encode(documentStart(waiting.title) + waiting.card.text));
    },
    async pull(controller) {
      const finished = await page;
      // Where the person has closed the tab meanwhile this throws, and nobody listens any more.
      controller.enqueue(encoder.encode(finished.card.text + documentEnd));
      controller.close();
    },
  });
  return new Response(body, { status: waiting.status, headers: pageHeaders });
}

const encoder = new TextEncoder();
