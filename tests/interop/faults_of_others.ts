/** What a counterpart does wrong, whoever the client is, and no client can mend. */
export interface FaultOfOthers {
  /** The heading in docs/compatibility.md. */
  readonly title: string;
  /** What happens, and what the program does then, as Markdown. */
  readonly text: readonly string[];
}

/** Where docs/compatibility.md tells of a fault: its heading, as GitHub names it. */
export function anchorOf({ title }: FaultOfOthers): string {
  return title.toLowerCase().replaceAll(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-");
}

/** Seen with the Java SDK 2.1.0 in Tomcat 11; its README in `backends/java_sdk` has the details. */
export const unguardedStream: FaultOfOthers = {
  title: "Java SDK, HTTP+SSE: answers that are ready at the same time",
  text: [
    "The servlet writes each answer from a thread of its own, as two writes and a flush, to one " +
    "stream that has no lock. Answers that are ready at the same moment interleave; a write that " +
    "fails ends the session, and what else was under way is answered with 500 or 404 though some of " +
    "it was carried out.",
    "No client can mend it, but by sending one call at a time. The program sends those again that " +
    "were answered with 404, which nobody has carried out, in a new session; of the others it says " +
    "that they may have been carried out. With Streamable HTTP every answer has a stream of its own, " +
    "and the fault does not show.",
  ],
};
