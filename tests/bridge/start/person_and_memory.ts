import { ProxyError } from "../../../src/base/errors.ts";
import type { SignInInvitation } from "../../../src/base/sign_in_invitation.ts";
import type { Authorizer } from "../../../src/bridge/authorizer.ts";
import type { AnswerKey, BackendMemory } from "../../../src/bridge/start/backend_memory.ts";
import type { SignIn } from "../../../src/bridge/start/sign_in.ts";

/** A person who signs in when the test says so, as the bridge sees them. */
export interface ScriptedPerson {
  readonly authorizer: Authorizer;
  readonly signIn: SignIn;
  /** How many sign-ins were begun: each is a tab. */
  tabs(): number;
  /** The person has signed in. */
  finish(): void;
  /** The sign-in that is under way fails. */
  fail(error?: ProxyError): void;
  /** The credential is lost. */
  lose(): void;
  /** Resolves when a sign-in is under way. */
  asked(): Promise<void>;
  /** Why nobody can sign in. */
  obstacle: ProxyError | undefined;
}

/** What the person is invited to open. */
export const invitation: SignInInvitation = {
  url: "http://localhost:8080/start-1",
  expiresAt: Date.now() + 300_000,
};

/** A person who is signed in, or not yet. */
export function scriptedPerson({ isSignedIn = false } = {}): ScriptedPerson {
  let hasToken = isSignedIn;
  let tabs = 0;
  let running: PromiseWithResolvers<void> | undefined;
  let asked = Promise.withResolvers<void>();

  function begin(): Promise<void> {
    if (hasToken) return Promise.resolve();
    if (!running) {
      tabs++;
      running = Promise.withResolvers<void>();
      running.promise.catch(() => {});
      asked.resolve();
    }
    return running.promise;
  }

  const person: ScriptedPerson = {
    obstacle: undefined,
    authorizer: {
      authorize({ purpose, signal }) {
        const fields = { authorization: "Bearer good" };
        if (hasToken) return fields;
        if (purpose !== "client") return Promise.reject(signedOut());
        const ended = Promise.withResolvers<never>();
        signal.addEventListener("abort", () => ended.reject(signal.reason));
        return Promise.race([begin().then(() => fields), ended.promise]);
      },
      refused: () => Promise.reject(signedOut()),
    },
    signIn: {
      isAtHand: () => hasToken,
      begin,
      isAvailable: () => Promise.resolve(hasToken),
      async invitation() {
        await asked.promise;
        return running ? invitation : undefined;
      },
      obstacle: () => Promise.resolve(person.obstacle),
    },
    tabs: () => tabs,
    finish() {
      hasToken = true;
      running?.resolve();
      running = undefined;
    },
    fail(error = denied()) {
      running?.reject(error);
      running = undefined;
      asked = Promise.withResolvers<void>();
    },
    lose() {
      hasToken = false;
      asked = Promise.withResolvers<void>();
    },
    asked: () => asked.promise,
  };
  return person;
}

/** What a sign-in fails with that nobody finished. */
export function denied(): ProxyError {
  return new ProxyError({
    category: "Authentication error",
    what: "nobody signed in within 300 s",
    fix: "start again, or raise --login-timeout",
    reason: "login_timeout",
  });
}

function signedOut(): ProxyError {
  return new ProxyError({
    category: "Authentication error",
    what: "not signed in",
    fix: "send a request from the client, which starts a sign-in",
    reason: "signed_out",
  });
}

/** A memory in this process; `noted` counts what was given to it. */
export function memoryInProcess(): BackendMemory & { noted(): number; clear(): void } {
  const answers = new Map<string, Uint8Array>();
  let noted = 0;
  const name = ({ era, method, cursor }: AnswerKey) => JSON.stringify([era, method, cursor]);
  return {
    noted: () => noted,
    clear: () => answers.clear(),
    isEmpty: () => Promise.resolve(answers.size === 0),
    recall(key) {
      const result = answers.get(name(key));
      return Promise.resolve(result && { result, at: 0 });
    },
    recallVerdict: () => Promise.resolve(undefined),
    noteVerdict: () => {},
    note(key, result) {
      noted++;
      answers.set(name(key), result.slice());
    },
    flush: () => Promise.resolve(),
  };
}
