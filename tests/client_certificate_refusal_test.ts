import assert from "node:assert/strict";
import { clientCertificateRefusal } from "../src/client_certificate_refusal.ts";

const url = new URL("https://backend.test/mcp");

for (const alert of ["CertificateRequired", "BadCertificate", "CertificateExpired", "UnknownCA"]) {
  Deno.test(`the alert ${alert} is about the certificate of this client`, () => {
    const refusal = clientCertificateRefusal(
      `fetch failed (client error (Connect): received fatal alert: ${alert})`,
      url,
    );
    assert.equal(
      refusal?.what,
      `https://backend.test wants a certificate of this client that it can trust ` +
        `(received fatal alert: ${alert})`,
    );
    assert.match(refusal.fix, /--client-cert and --client-key/);
  });
}

for (
  const why of ["received fatal alert: ProtocolVersion", "invalid peer certificate: UnknownIssuer"]
) {
  Deno.test(`"${why}" is not about the certificate of this client`, () => {
    assert.equal(clientCertificateRefusal(why, url), undefined);
  });
}
