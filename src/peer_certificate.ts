/** What identifies the certificate that a server shows. */
export interface PeerCertificate {
  /** Whom it is for, as `CN=…, O=…`. */
  subject: string;
  /** Who issued it. */
  issuer: string;
}

/** A server that does not answer is not waited for longer than this, in milliseconds. */
const timeout = 3_000;

/**
 * The certificate that a server shows, whether it is trusted or not: for the person who has to find
 * out why it is not. Nothing is sent to the server. `undefined` when it cannot be had.
 */
export async function peerCertificate(url: URL): Promise<PeerCertificate | undefined> {
  const { connect } = await import("node:tls");
  const hostname = url.hostname.replace(/^\[|\]$/g, "");
  const { promise, resolve } = Promise.withResolvers<PeerCertificate | undefined>();
  const socket = connect({
    host: hostname,
    port: Number(url.port || 443),
    servername: /^[\d.]+$|:/.test(hostname) ? undefined : hostname,
    rejectUnauthorized: false,
  }, () => {
    const { subject, issuer } = socket.getPeerCertificate() ?? {};
    const [of, by] = [nameOf(subject), nameOf(issuer)];
    resolve(of && by ? { subject: of, issuer: by } : undefined);
  });
  socket.setTimeout(timeout, () => resolve(undefined));
  socket.on("error", () => resolve(undefined));
  try {
    return await promise;
  } finally {
    socket.destroy();
  }
}

function nameOf(parts: unknown): string {
  if (typeof parts !== "object" || parts === null) return "";
  return Object.entries(parts).map(([key, value]) => `${key}=${value}`).join(", ");
}
