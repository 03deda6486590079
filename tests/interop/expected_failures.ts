import { type FaultOfOthers, unguardedStream } from "./faults_of_others.ts";

const slowSignIn = {
  "waits for a slow sign-in": "the client gives up before the person is done",
  "next start after a slow sign-in":
    "the program ends with the client, so that the person finishes where nobody listens; right is that " +
    "the sign-in goes on without the client",
};
/**
 * What is known to fail: counterpart, feature, and why: what happens, and what would be right. One that
 * passes turns the run red, so that it is taken off; but for the faults of others, which show now and
 * then. Of those a direct client must fail, too, in the same run, and docs/compatibility.md tells.
 */
export const expectedFailures: ExpectedFailures = {
  "java-sdk-sse": {
    "50 at once": unguardedStream,
    "roots/list_changed": unguardedStream,
    "restarted while idle, five callers": unguardedStream,
  },
  "client-claude-code": slowSignIn,
  "client-gemini-cli": slowSignIn,
  "client-inspector-2": slowSignIn,
  "client-openai-agents": slowSignIn,
  "client-pydantic-ai": slowSignIn,
  "client-sdk-v1": slowSignIn,
  "client-sdk-v2": slowSignIn,
  "client-codex": slowSignIn,
  "client-inspector-0": slowSignIn,
};

/** By counterpart (with `@2026` for the second of its protocols) and feature. */
export type ExpectedFailures = Readonly<
  Record<string, Readonly<Record<string, string | FaultOfOthers>>>
>;
