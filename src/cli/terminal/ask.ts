import type { Sink } from "./terminal.ts";

/** What {@linkcode ask} may be told. */
export interface AskOptions {
  /** What an empty answer means; without it, an empty answer is asked again. */
  fallback?: string;
  /** What is wrong with an answer, as the end of "…"; nothing when it will do. */
  check?(answer: string): string | undefined;
}

/**
 * Asks the person at the terminal, again until the answer will do.
 *
 * @returns the answer; `undefined` when the input ended
 */
export async function ask(
  sink: Sink,
  question: string,
  { fallback, check }: AskOptions = {},
): Promise<string | undefined> {
  const shown = fallback ? `${question} ${sink.paint.dim(`[${fallback}]`)} ` : `${question} `;
  for (;;) {
    sink.write(shown);
    const line = await readLine();
    if (line === undefined) {
      // What is said next must not stand behind the question.
      sink.line();
      return undefined;
    }
    const answer = line.trim() || fallback;
    if (answer === undefined) continue;
    const wrong = check?.(answer);
    if (wrong === undefined) return answer;
    sink.line(`${sink.paint.failure} ${wrong}`);
  }
}

/** Asks for yes or no; an empty answer means yes. */
export async function confirm(sink: Sink, question: string): Promise<boolean> {
  const answer = await ask(sink, question, {
    fallback: "Y/n",
    check: (answer) => /^(?:y|yes|n|no|y\/n)$/i.test(answer) ? undefined : "answer yes or no",
  });
  return answer !== undefined && /^y/i.test(answer);
}

const decoder = new TextDecoder();
let rest = "";

async function readLine(): Promise<string | undefined> {
  const bytes = new Uint8Array(1024);
  while (!rest.includes("\n")) {
    const count = await Deno.stdin.read(bytes);
    if (count === null) return undefined;
    rest += decoder.decode(bytes.subarray(0, count), { stream: true });
  }
  const end = rest.indexOf("\n");
  const line = rest.slice(0, end);
  rest = rest.slice(end + 1);
  return line;
}
