import { abortable } from "../../base/abortable.ts";
import { asProxyError, type ProxyError } from "../../base/errors.ts";
import type { SignInInvitation } from "../../base/sign_in_invitation.ts";
import type { SignIn } from "./sign_in.ts";
import { signedInText, withoutInvitationText } from "./sign_in_tool.ts";

/** What came of the beginning of a sign-in. */
export interface BegunSignIn {
  /** What the person has to open; absent when the sign-in is over, or nothing can be opened. */
  invitation: SignInInvitation | undefined;
  /** Why it failed, if it has. */
  failure: ProxyError | undefined;
  /** Whether it did. */
  isError: boolean;
  /** Whether the person is signed in. */
  isDone: boolean;
  /** Resolves when it is over, with the reason if it failed. */
  finished: Promise<ProxyError | undefined>;
}

/** What {@linkcode beginSignIn} needs. */
export interface BeginSignInOptions {
  /** Signs the person in. */
  signIn: SignIn;
  /** Ends the wait for something to open. */
  signal: AbortSignal;
  /** Ends the wait for the person. */
  stop: AbortSignal;
  /** The person has signed in. */
  onSignedIn(): void;
  /** The sign-in did not succeed. */
  onFailed(): void;
}

/** Begins a sign-in, or joins the one that is under way, and waits until there is something to open. */
export async function beginSignIn(options: BeginSignInOptions): Promise<BegunSignIn> {
  const { signIn, signal, stop, onSignedIn, onFailed } = options;
  const finished = signIn.begin(stop).then(() => undefined, asProxyError);
  finished.then((failure) => failure ? onFailed() : onSignedIn());
  const over = finished.then((failure) => ({ isOver: true, failure, invitation: undefined }));
  const invited = signIn.invitation(signal).then((invitation) => ({
    isOver: false,
    failure: undefined,
    invitation,
  }));
  const { isOver, failure, invitation } = await abortable(Promise.race([over, invited]), signal);
  const isError = failure !== undefined;
  return { invitation, failure, isError, isDone: isOver && !isError, finished };
}

/** What the person is told of a sign-in for which there is nothing to open. */
export function beginningText({ failure, isDone }: BegunSignIn, backend: URL): string {
  if (failure) return failure.message;
  return isDone ? signedInText(backend) : withoutInvitationText(backend);
}
