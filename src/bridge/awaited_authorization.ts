import type { Authorizer } from "./authorizer.ts";

/** An authorizer, and whether the client's messages wait for it. */
export interface AwaitedAuthorization {
  /** Authorizes as the one that was given. */
  authorizer: Authorizer;
  /**
   * Counts what the client has written, in bytes, and says when more may be taken: when nobody waits
   * for a credential any more; `undefined` for at once.
   */
  room(length: number): Promise<void> | undefined;
}

/**
 * More than this is not taken from the client while its messages wait for a credential, in bytes: a
 * person may take minutes to sign in, and until then all of it is held in memory.
 */
const mostHeld = 4 << 20;

/** Sees when the client's messages wait for a credential. */
export function awaitedAuthorization(given: Authorizer): AwaitedAuthorization {
  let waiting = 0;
  let held = 0;
  let over = Promise.withResolvers<void>();

  function settled() {
    if (--waiting > 0) return;
    held = 0;
    over.resolve();
    over = Promise.withResolvers();
  }

  return {
    authorizer: {
      authorize(request) {
        const fields = given.authorize(request);
        if (fields instanceof Promise && request.purpose === "client") {
          waiting++;
          fields.then(settled, settled);
        }
        return fields;
      },
      refused: (refusal) => given.refused(refusal),
      forbidden: async (refusal) => await given.forbidden?.(refusal) ?? false,
      answered: (request, headers) => given.answered?.(request, headers),
    },
    room(length) {
      if (waiting === 0) return undefined;
      held += length;
      return held > mostHeld ? over.promise : undefined;
    },
  };
}
