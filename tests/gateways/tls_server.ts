import { createServer } from "node:https";
import { certificateFile } from "../support/https_server.ts";
import { answeringWith, listenOnLoopback, stopListening } from "../support/loopback_server.ts";

/** TLS in front of a server, with a certificate for `other.test`. */
export async function startTls(target: URL): Promise<AsyncDisposable & { url: string }> {
  const server = createServer(
    {
      cert: Deno.readTextFileSync(certificateFile("other_name.pem")),
      key: Deno.readTextFileSync(certificateFile("faulty.key")),
    },
    answeringWith(async (request, response) => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const headers = new Headers(
        Object.entries(request.headers).flatMap(([name, value]): [string, string][] =>
          /^(host|connection|content-length)$/.test(name) ? [] : [[name, String(value)]]
        ),
      );
      const aborted = new AbortController();
      response.on("close", () => aborted.abort());
      try {
        const answer = await fetch(new URL(request.url ?? "", target), {
          method: request.method,
          headers,
          body: chunks.length > 0 ? new Blob(chunks as BlobPart[]) : undefined,
          signal: aborted.signal,
        });
        response.writeHead(answer.status, Object.fromEntries(answer.headers));
        for await (const chunk of answer.body ?? []) response.write(chunk);
        response.end();
      } catch {
        response.destroy();
      }
    }),
  );
  const port = await listenOnLoopback(server);
  return {
    url: `https://other.test:${port}/mcp`,
    [Symbol.asyncDispose]: () => stopListening(server),
  };
}
