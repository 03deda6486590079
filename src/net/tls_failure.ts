import type { PeerCertificate } from "./peer_certificate.ts";

/** What to tell the person whose TLS connection failed because of a certificate. */
export interface TlsFailure {
  /** What happened. */
  what: string;
  /** What to do. */
  fix: string;
  /** A stable word for programs: whose certificate it is about. */
  reason: "tls_failed" | "client_certificate_refused";
}

/** What {@linkcode tlsFailure} may be told besides the text. */
export interface TlsFailureOptions {
  /** The setting that the URL comes from, for texts to name. */
  setting: string;
  /** The certificate that the server shows, when it was asked for it. */
  shown?: PeerCertificate;
}

/**
 * Reads in the text of a failed `fetch` whether a certificate is the cause, this client's or the
 * server's. The texts are those of Rustls, which Deno passes on; the alerts are those of RFC 8446
 * section 6.2.
 *
 * @returns `undefined` when the failure is about something else
 * @example
 * ```ts
 * import { tlsFailure } from "./tls_failure.ts";
 *
 * const why = "received fatal alert: CertificateRequired";
 * const url = new URL("https://backend.test/");
 * tlsFailure(why, url, { setting: "MCP_BACKEND_URL" })?.reason; // "client_certificate_refused"
 * ```
 */
export function tlsFailure(
  why: string,
  url: URL,
  { setting, shown }: TlsFailureOptions,
): TlsFailure | undefined {
  const [said, alert] = /received fatal alert: (\w+)/.exec(why) ?? [];
  if (alert !== undefined) return alertFailure(alert, { said, url });
  const [, rest] = /invalid peer certificate: (.*)/.exec(why) ?? [];
  if (rest === undefined && !/UnknownIssuer|CertNotValid/.test(why)) return undefined;
  return {
    ...serverCertificateFailure(rest ?? why, { url, setting, shown }),
    reason: "tls_failed",
  };
}

function alertFailure(
  alert: string,
  { said, url }: { said: string | undefined; url: URL },
): TlsFailure | undefined {
  const reason = "client_certificate_refused";
  if (/Certificate|^UnknownCA$/.test(alert)) {
    return {
      what: `${url.origin} wants a certificate of this client that it can trust (${said})`,
      fix: "name the PEM files of one with --client-cert and --client-key",
      reason,
    };
  }
  // With TLS 1.2, some servers say no more than this when the client shows no certificate.
  if (alert === "HandshakeFailure") {
    return {
      what: `${url.origin} ended the TLS handshake (${said}), as servers do that want a ` +
        "certificate of the client, or that share no cipher with it",
      fix: "name the PEM files of a client certificate with --client-cert and --client-key, or " +
        "ask the server's operator what it wants",
      reason,
    };
  }
  return undefined;
}

function serverCertificateFailure(
  why: string,
  { url, setting, shown }: TlsFailureOptions & { url: URL },
): Omit<TlsFailure, "reason"> {
  const certificate = `the certificate of ${url.origin}`;
  if (/\bexpired\b/i.test(why)) {
    const [, now, end] = /verification time (\d+) .*not valid after (\d+)/.exec(why) ?? [];
    return {
      what: end === undefined
        ? `${certificate} has expired`
        : `${certificate} expired on ${day(end)}, and the clock of this machine says ${day(now)}`,
      fix: "let the server's operator renew it",
    };
  }
  if (/not valid yet|NotValidYet/i.test(why)) {
    const [, now, start] = /verification time (\d+) .*not valid before (\d+)/.exec(why) ?? [];
    return {
      what: start === undefined
        ? `${certificate} is not valid yet`
        : `${certificate} is valid from ${day(start)}, and the clock of this machine says ${
          day(now)
        }`,
      fix: "check the clock of this machine",
    };
  }
  if (/not valid for name|NotValidForName/i.test(why)) {
    const names = [...why.matchAll(/(?:DnsName|IpAddress)\("?([^")]+)"?\)/g)].slice(0, 5)
      .map(([, name]) => name);
    const whom = names.join(", ") || shown?.subject;
    return {
      what: `${certificate} is ${whom ? `for ${whom}` : "for another name"}`,
      fix: `use a name that the certificate is for in ${setting}, or let the server's operator ` +
        "add this one",
    };
  }
  if (/CaUsedAsEndEntity/.test(why)) {
    return {
      what:
        `${certificate} is one of a certificate authority (CA:TRUE), which is not accepted as ` +
        "that of a server, not even when it is given with --ca-cert",
      fix:
        "let the server's operator issue a certificate for the server (CA:FALSE), and pass that " +
        "of the authority with --ca-cert",
    };
  }
  const it = shown ? `; it is for ${shown.subject}, issued by ${shown.issuer}` : "";
  return {
    what: `${certificate} is not trusted (invalid peer certificate: ${why.slice(0, 200)}${it})`,
    fix: "pass the certificate of the authority that issued it with --ca-cert",
  };
}

/** The day and time of seconds since the epoch. */
function day(seconds: string): string {
  const date = new Date(Number(seconds) * 1000);
  return Number.isNaN(date.getTime()) ? seconds : date.toISOString().replace(/\.\d+/, "");
}
