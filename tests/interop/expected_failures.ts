const slowSignIn = {
  "waits for a slow sign-in": "the client gives up before the person is done",
  "next start after a slow sign-in":
    "the program ends with the client, so that the person finishes where nobody listens; right is that " +
    "the sign-in goes on without the client",
};
const unguardedStream =
  "unsteady: the servlet writes answers to its stream from several threads without a lock, and " +
  "ends the session when one of them disturbs another (see the README of the backend)";

/**
 * What is known to fail: counterpart, feature, and why: what happens, and what would be right. One that
 * passes turns the run red, so that it is taken off; but for those that are `unsteady: …`, where the
 * other side fails now and then, with a direct client too.
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
export type ExpectedFailures = Readonly<Record<string, Readonly<Record<string, string>>>>;
