import { fileURLToPath } from "node:url";

/** A running backend. */
export interface Backend extends AsyncDisposable {
  /** Its base URL; the kinds of answer are the paths `/json`, `/sse` and `/jwt`. */
  url: string;
  /** The same over TLS, where it speaks HTTP/2 to whoever can. */
  secureUrl: string;
  /** An access token that it accepts for a day. */
  token: string;
}

/** A request as the backend keeps it in mind. */
export interface NotedRequest {
  /** The method of its message; that of HTTP when it has none. */
  what: string;
  /** Its connection, as the port of the other end. */
  connection: number;
}

/** What came to the backend since this was last called. */
export async function takeRequests(
  { url, token }: Pick<Backend, "url" | "token">,
): Promise<NotedRequest[]> {
  const response = await fetch(`${url}/requests`, {
    headers: { authorization: `Bearer ${token}` },
  });
  return await response.json();
}

/** Starts the backend in its own process and waits until it listens. */
export async function startBackend(): Promise<Backend> {
  return await start<Backend>("backend.ts");
}

/** Starts the backend that the SDK makes, likewise; it has one kind of answer and wants no token. */
export async function startSdkBackend(): Promise<Pick<Backend, "url"> & AsyncDisposable> {
  return await start<{ url: string }>("sdk_backend.ts");
}

async function start<T>(script: string): Promise<T & AsyncDisposable> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", fileURLToPath(new URL(script, import.meta.url))],
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
  return {
    ...JSON.parse(line),
    async [Symbol.asyncDispose]() {
      await child.stdin.close();
      await child.status;
      await reader.cancel();
    },
  };
}
