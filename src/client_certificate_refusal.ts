/** What to tell the person whose client certificate was missing or refused. */
export interface ClientCertificateRefusal {
  /** What happened. */
  what: string;
  /** What to do. */
  fix: string;
}

/**
 * Reads in the text of a failed handshake whether it was the server that did not like the
 * certificate of this client, or missed it: it says so in an alert (RFC 8446 section 6.2).
 *
 * @example
 * ```ts
 * import { clientCertificateRefusal } from "./client_certificate_refusal.ts";
 *
 * const why = "received fatal alert: CertificateRequired";
 * clientCertificateRefusal(why, new URL("https://backend.test/"))?.fix; // "name …"
 * ```
 */
export function clientCertificateRefusal(
  why: string,
  url: URL,
): ClientCertificateRefusal | undefined {
  const [said, alert] = /received fatal alert: (\w+)/.exec(why) ?? [];
  if (alert === undefined || !/Certificate|^UnknownCA$/.test(alert)) return undefined;
  return {
    what: `${url.origin} wants a certificate of this client that it can trust (${said})`,
    fix: "name the PEM files of one with --client-cert and --client-key",
  };
}
