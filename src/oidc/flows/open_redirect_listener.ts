import { ProxyError } from "../../base/errors.ts";
import type { SignInOptions } from "../client_options.ts";
import {
  listenForRedirect,
  type RedirectListener,
  type RedirectListenerOptions,
} from "./redirect_listener.ts";

/** What {@linkcode openRedirectListener} needs besides the URLs. */
export interface OpenRedirectListenerOptions extends RedirectListenerOptions {
  /** Asks for the right to a port among our own processes. */
  reservePort?: SignInOptions["reservePort"];
}

/**
 * Listens on the first of the registered redirect URLs whose port nobody else has. When our own
 * other sign-ins have them all, it queues for the first; a port that some other program holds is
 * passed over, and an error when there is no other.
 */
export async function openRedirectListener(
  urls: readonly URL[],
  { reservePort, ...options }: OpenRedirectListenerOptions,
): Promise<RedirectListener> {
  let taken: unknown;
  const queue: URL[] = [];
  for (const wait of [false, true]) {
    for (const url of wait ? queue.slice(0, 1) : urls) {
      const port = Number(url.port || 80);
      const reserved = reservePort && port !== 0 ? await reservePort(port, { wait }) : undefined;
      if (reservePort && port !== 0 && !reserved) {
        queue.push(url);
        continue;
      }
      try {
        const listener = listenForRedirect(url, options);
        return {
          redirectUrl: listener.redirectUrl,
          async [Symbol.asyncDispose]() {
            await listener[Symbol.asyncDispose]();
            await reserved?.[Symbol.asyncDispose]();
          },
        };
      } catch (error) {
        await reserved?.[Symbol.asyncDispose]();
        if (!(error instanceof ProxyError)) throw error;
        taken ??= error;
      }
    }
  }
  throw taken;
}
