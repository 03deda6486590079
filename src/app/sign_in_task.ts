import type { FlagTexts } from "../settings/options.ts";

/** The first argument of a process that only finishes a sign-in which another one has begun. */
export const finishSignInArgument = "--finish-sign-in";

/** What such a process makes its flows from. It lies sealed in the store. */
export interface SignInTask {
  /** The settings that are not defaults, as they were written. */
  texts: FlagTexts;
  /** The environment variables that they refer to, and those that name proxies. */
  variables: Readonly<Record<string, string>>;
}
