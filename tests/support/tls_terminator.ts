/**
 * What stands before a provider that knows its clients by their certificates: it takes the TLS off,
 * as nginx does, and hands on whose certificate it was.
 *
 * @module
 */
import type { IncomingMessage } from "node:http";
import { createServer } from "node:https";
import type { TLSSocket } from "node:tls";
import { certificateFile } from "./https_server.ts";
import { answeringWith, listenOnLoopback, stopListening } from "./loopback_server.ts";
import type { ProviderOptions } from "./provider.ts";

/** A running terminator. */
export interface TlsTerminator extends AsyncDisposable {
  /** Where it listens, by https only; no handshake succeeds without a certificate of the authority. */
  readonly origin: string;
  /** The subjects of the clients that it has let through, one a request. */
  readonly subjects: readonly string[];
  /** Sends what comes from now on to this origin. */
  forwardTo(origin: string): void;
}

const subjectField = "x-ssl-client-s-dn";

/** Starts a {@linkcode TlsTerminator}. */
export async function startTlsTerminator(): Promise<TlsTerminator> {
  const subjects: string[] = [];
  let upstream: string | undefined;
  const server = createServer(
    {
      cert: Deno.readTextFileSync(certificateFile("server.pem")),
      key: Deno.readTextFileSync(certificateFile("server.key")),
      ca: Deno.readTextFileSync(certificateFile("authority.pem")),
      requestCert: true,
      rejectUnauthorized: true,
    },
    answeringWith(async (request, response) => {
      const subject = `CN=${(request.socket as TLSSocket).getPeerCertificate().subject.CN}`;
      subjects.push(subject);
      const answer = await fetch(`${upstream}${request.url}`, {
        method: request.method,
        headers: {
          "content-type": request.headers["content-type"] ?? "",
          [subjectField]: subject,
        },
        body: request.method === "POST" ? await bodyOf(request) : undefined,
      });
      response.writeHead(answer.status, Object.fromEntries(answer.headers));
      response.end(await answer.text());
    }),
  );
  const port = await listenOnLoopback(server);
  return {
    origin: `https://localhost:${port}`,
    subjects,
    forwardTo: (origin) => void (upstream = origin),
    [Symbol.asyncDispose]: () => stopListening(server),
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) text += chunk;
  return text;
}

/** The configuration of a provider behind a terminator (RFC 8705 sections 2.1 and 5). */
export function behindTlsTerminator({ origin }: TlsTerminator): ProviderOptions["configuration"] {
  const subjectOf = (ctx: { get(field: string): string }) => ctx.get(subjectField);
  return {
    clientAuthMethods: ["tls_client_auth"],
    discovery: { mtls_endpoint_aliases: { token_endpoint: `${origin}/token` } },
    features: {
      mTLS: {
        enabled: true,
        tlsClientAuth: true,
        getCertificate: subjectOf,
        certificateAuthorized: (ctx: { get(field: string): string }) => subjectOf(ctx) !== "",
        certificateSubjectMatches: (
          ctx: { get(field: string): string },
          property: string,
          expected: string,
        ) => property === "tls_client_auth_subject_dn" && subjectOf(ctx) === expected,
      },
    },
  };
}
