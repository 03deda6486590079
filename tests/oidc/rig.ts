/**
 * An OIDC client between a real provider and a person, as the module `credentials` would drive it.
 *
 * @module
 */
import type { Credential, PendingAuthorization } from "../../src/base/credential.ts";
import type { SignInInvitation } from "../../src/base/sign_in_invitation.ts";
import { ProxyError } from "../../src/base/errors.ts";
import { createLog } from "../../src/base/log.ts";
import { createOidcClient } from "../../src/oidc/oidc_client.ts";
import type { OidcClientOptions } from "../../src/oidc/client_options.ts";
import { createPerson, type Page, type Person } from "../support/person.ts";
import type { TestProvider } from "../support/provider.ts";
import { bounded } from "../support/bounded.ts";
import { within } from "../support/within.ts";

/** How long a test waits for anything of a sign-in, in milliseconds: longer than the sign-in waits itself. */
const patience = 60_000;

/** What a sign-in left behind. */
export interface SignInRun {
  /** The credential, or the error that came instead. */
  credential: Promise<Credential>;
  /** The page at the end of the person's way; absent when nobody was sent anywhere. */
  page: Promise<Page>;
  /** The request as it was offered to other processes. */
  pending: Promise<PendingAuthorization>;
  /** What was offered to other processes, each time. */
  offers: readonly PendingAuthorization[];
  /** What the person was to open, each time. */
  invitations: readonly SignInInvitation[];
  /** Ends the sign-in. */
  stop: AbortController;
}

/** An OIDC client and what it said. */
export function createRig(
  provider: Pick<TestProvider, "issuer" | "clientId">,
  changes: Partial<OidcClientOptions> & { person?: Person; onCredential?(): Promise<void> } = {},
) {
  const { person = createPerson(), onCredential, ...given } = changes;
  const lines: string[] = [];
  const stop = new AbortController();
  const page = Promise.withResolvers<Page>();
  page.promise.catch(() => {});
  const options: OidcClientOptions = {
    issuerUrl: new URL(provider.issuer),
    clientId: provider.clientId,
    scopes: ["openid", "profile", "email"],
    redirectUrls: [new URL("http://127.0.0.1:0/auth/callback")],
    loginTimeout: 30_000,
    log: createLog({ level: "debug", write: (line) => void lines.push(line) }),
    openBrowser: (url) => {
      person.visit(url).then((last) => {
        page.resolve(last);
        if (last.url.pathname === options.redirectUrls[0].pathname) return;
        stop.abort(new Error(`the person ended at ${last.url.href}: ${last.html.slice(0, 2000)}`));
      }, page.reject);
      return Promise.resolve();
    },
    ...given,
  };
  const client = bounded(createOidcClient(options), "the OIDC client", patience);
  /** The promise with a limit; whoever does not need it need not await it. */
  const limited = <T>(promise: Promise<T>, what: string): Promise<T> => {
    const limit = within(promise, { what: () => `${what}; the log:\n${lines.join("")}`, patience });
    limit.catch(() => {});
    return limit;
  };
  return {
    client,
    lines,
    get page() {
      return limited(page.promise, "the last page that the person sees");
    },
    signIn(resume?: PendingAuthorization): SignInRun {
      const pending = Promise.withResolvers<PendingAuthorization>();
      const offers: PendingAuthorization[] = [];
      const invitations: SignInInvitation[] = [];
      const credential = client.signIn({
        resume,
        signal: stop.signal,
        onInvitation: (invitation) => void invitations.push(invitation),
        onPending: (offered) => {
          offers.push(offered);
          return Promise.resolve(pending.resolve(offered));
        },
        onCredential,
      });
      credential.catch(() => {});
      return {
        credential,
        get page() {
          return limited(page.promise, "the last page that the person sees");
        },
        get pending() {
          return limited(pending.promise, "the request that others may go on with");
        },
        offers,
        invitations,
        stop,
      };
    },
  };
}

/** The `ProxyError` that a promise rejects with. */
export async function failure(promise: Promise<unknown>): Promise<ProxyError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof ProxyError) return error;
    throw error;
  }
  throw new Error("it was expected to fail");
}
