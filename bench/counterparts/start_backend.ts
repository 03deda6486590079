import { fileURLToPath } from "node:url";

/** A running backend. */
export interface Backend extends AsyncDisposable {
  /** Its base URL; the kinds of answer are the paths `/json`, `/sse` and `/jwt`. */
  url: string;
  /** An access token that it accepts for a day. */
  token: string;
}

/** Starts the backend in its own process and waits until it listens. */
export async function startBackend(): Promise<Backend> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", fileURLToPath(new URL("backend.ts", import.meta.url))],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let line = "";
  while (!line.includes("\n")) {
    const { value, done } = await reader.read();
    if (done) throw new Error("the backend of the benchmark did not start");
    line += value;
  }
  const { url, token }: { url: string; token: string } = JSON.parse(line);
  return {
    url,
    token,
    async [Symbol.asyncDispose]() {
      await child.stdin.close();
      await child.status;
      await reader.cancel();
    },
  };
}
