import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";

/** Whether a server learns the certificates of its clients here; in Deno 2.4 it does not. */
export const canLearnClientCertificates = !Deno.version.deno.startsWith("2.4.");

/** The path of one of the certificates for tests. */
export function certificateFile(name: string): string {
  return new URL(`certificates/${name}`, import.meta.url).pathname;
}

/**
 * An https server on a free port, with a certificate of an authority that nobody trusts. It answers
 * with the name of the client's certificate, or `nobody`.
 */
export async function startHttpsServer(
  options: { wantsClient?: boolean; certificate?: string; key?: string } = {},
): Promise<AsyncDisposable & { readonly url: URL }> {
  const server = createServer({
    cert: Deno.readTextFileSync(certificateFile(options.certificate ?? "server.pem")),
    key: Deno.readTextFileSync(certificateFile(options.key ?? "server.key")),
    ...(options.wantsClient
      ? {
        requestCert: true,
        rejectUnauthorized: true,
        ca: Deno.readTextFileSync(certificateFile("authority.pem")),
      }
      : {}),
  }, (request, response) => {
    const socket = request.socket as TLSSocket;
    response.end(options.wantsClient ? socket.getPeerCertificate().subject.CN : "nobody");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: new URL(`https://localhost:${port}/`),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
