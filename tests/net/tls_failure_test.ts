import assert from "node:assert/strict";
import { fetchCause } from "../../src/net/fetch_cause.ts";
import { tlsFailure } from "../../src/net/tls_failure.ts";
import { certificateFile, startHttpsServer } from "../support/https_server.ts";

const url = new URL("https://backend.test/mcp");
const setting = "MCP_BACKEND_URL";

for (const alert of ["CertificateRequired", "BadCertificate", "CertificateExpired", "UnknownCA"]) {
  Deno.test(`the alert ${alert} is about the certificate of this client`, () => {
    const refusal = tlsFailure(
      `fetch failed (client error (Connect): received fatal alert: ${alert})`,
      url,
      { setting },
    );
    assert.equal(
      refusal?.what,
      `https://backend.test wants a certificate of this client that it can trust ` +
        `(received fatal alert: ${alert})`,
    );
    assert.match(refusal.fix, /--client-cert and --client-key/);
    assert.equal(refusal.reason, "client_certificate_refused");
  });
}

// What haproxy 2.6 with `verify required` says with TLS 1.2 to a client without a certificate.
Deno.test("a handshake that the server ends may want a certificate of this client", () => {
  const refusal = tlsFailure("received fatal alert: HandshakeFailure", url, { setting });
  assert.match(refusal?.what ?? "", /HandshakeFailure.*certificate of the client/);
  assert.match(refusal?.fix ?? "", /--client-cert/);
});

for (
  const why of ["received fatal alert: ProtocolVersion", "dns error", "tls handshake eof"]
) {
  Deno.test(`"${why}" is not about a certificate`, () => {
    assert.equal(tlsFailure(why, url, { setting }), undefined);
  });
}

/** What the failure of a request to a server with this certificate is made into. */
async function failureWith(certificate: string, authority: string) {
  await using server = await startHttpsServer({ certificate, key: "faulty.key" });
  using client = Deno.createHttpClient({
    caCerts: [Deno.readTextFileSync(certificateFile(authority))],
  });
  try {
    await (await fetch(server.url, { client })).text();
  } catch (error) {
    return { ...tlsFailure(fetchCause(error), server.url, { setting }), origin: server.url.origin };
  }
  throw new Error("the certificate was accepted");
}

Deno.test("an expired certificate is to be renewed, not to be trusted", async () => {
  const { what, fix, reason, origin } = await failureWith("expired.pem", "faulty_authority.pem");
  assert(what?.startsWith(`the certificate of ${origin} expired on 2020-02-01T00:00:00Z`), what);
  assert.match(what ?? "", /the clock of this machine says 20\d\d-/);
  assert.match(fix ?? "", /operator renew it/);
  assert(!fix?.includes("--ca-cert"));
  assert.equal(reason, "tls_failed");
});

Deno.test("a certificate that is not valid yet points to the clock", async () => {
  const { what, fix } = await failureWith("not_yet_valid.pem", "faulty_authority.pem");
  assert.match(what ?? "", /valid from 2090-01-01T00:00:00Z/);
  assert.equal(fix, "check the clock of this machine");
});

Deno.test("a certificate for another host names whom it is for, and the setting", async () => {
  const { what, fix } = await failureWith("other_name.pem", "faulty_authority.pem");
  assert.match(what ?? "", / is for other\.test, another\.test$/);
  assert.match(fix ?? "", /in MCP_BACKEND_URL/);
  assert(!fix?.includes("--ca-cert"));
});

Deno.test("an authority's certificate as that of a server is explained", async () => {
  const name = "self_signed_authority.pem";
  const { what, fix } = await failureWith(name, name);
  assert.match(what ?? "", /certificate authority \(CA:TRUE\).*not even .* --ca-cert/);
  assert.match(fix ?? "", /CA:FALSE/);
});

Deno.test("an unknown authority is to be passed with --ca-cert", async () => {
  const { what, fix } = await failureWith("other_name.pem", "authority.pem");
  assert.match(what ?? "", /is not trusted \(invalid peer certificate: UnknownIssuer\)$/);
  assert.match(fix ?? "", /--ca-cert/);
});

const certificate = "the certificate of https://backend.test";

Deno.test("what a certificate is refused for, and what to do about it", () => {
  const rows: [string, string, string][] = [
    [
      "invalid peer certificate: Expired",
      `${certificate} has expired`,
      "let the server's operator renew it",
    ],
    [
      "invalid peer certificate: certificate EXPIRED",
      `${certificate} has expired`,
      "let the server's operator renew it",
    ],
    [
      "invalid peer certificate: certificate expired: verification time 1800000000 (UNIX), but certificate is not valid after 1580515200 (x)",
      `${certificate} expired on 2020-02-01T00:00:00Z, and the clock of this machine says 2027-01-15T08:00:00Z`,
      "let the server's operator renew it",
    ],
    [
      `invalid peer certificate: certificate expired: verification time ${
        "9".repeat(20)
      } (UNIX), but certificate is not valid after 0`,
      `${certificate} expired on 1970-01-01T00:00:00Z, and the clock of this machine says ${
        "9".repeat(20)
      }`,
      "let the server's operator renew it",
    ],
    ["CertNotValidYet", `${certificate} is not valid yet`, "check the clock of this machine"],
    [
      "invalid peer certificate: NOT VALID YET",
      `${certificate} is not valid yet`,
      "check the clock of this machine",
    ],
    [
      "invalid peer certificate: certificate not valid yet: verification time 0 (UNIX), but certificate is not valid before 1580515200",
      `${certificate} is valid from 2020-02-01T00:00:00Z, and the clock of this machine says 1970-01-01T00:00:00Z`,
      "check the clock of this machine",
    ],
    [
      'invalid peer certificate: certificate not valid for name "x"; only DnsName("a.test"), IpAddress(10.0.0.1)',
      `${certificate} is for a.test, 10.0.0.1`,
      "use a name that the certificate is for in MCP_BACKEND_URL, or let the server's operator add this one",
    ],
    [
      `invalid peer certificate: notvalidforname ${
        Array.from({ length: 7 }, (_, i) => `DnsName("n${i}")`).join()
      }`,
      `${certificate} is for n0, n1, n2, n3, n4`,
      "use a name that the certificate is for in MCP_BACKEND_URL, or let the server's operator add this one",
    ],
    [
      "CertNotValidForName",
      `${certificate} is for another name`,
      "use a name that the certificate is for in MCP_BACKEND_URL, or let the server's operator add this one",
    ],
    [
      "invalid peer certificate: Other(OtherError(CaUsedAsEndEntity))",
      `${certificate} is one of a certificate authority (CA:TRUE), which is not accepted as that of a server, not even when it is given with --ca-cert`,
      "let the server's operator issue a certificate for the server (CA:FALSE), and pass that of the authority with --ca-cert",
    ],
    [
      `invalid peer certificate: ${"x".repeat(201)}`,
      `${certificate} is not trusted (invalid peer certificate: ${"x".repeat(200)})`,
      "pass the certificate of the authority that issued it with --ca-cert",
    ],
    [
      "UnknownIssuer",
      `${certificate} is not trusted (invalid peer certificate: UnknownIssuer)`,
      "pass the certificate of the authority that issued it with --ca-cert",
    ],
  ];
  for (const [why, what, fix] of rows) {
    assert.deepEqual(tlsFailure(why, url, { setting }), { what, fix, reason: "tls_failed" });
  }
  const told = (why: string) =>
    tlsFailure(why, url, { setting, shown: { subject: "CN=a", issuer: "CN=b" } })?.what;
  assert.equal(
    told("UnknownIssuer"),
    `${certificate} is not trusted (invalid peer certificate: UnknownIssuer; it is for CN=a, issued ` +
      "by CN=b)",
  );
  assert.equal(told("CertNotValidForName"), `${certificate} is for CN=a`);
});

Deno.test("only an alert about certificates is about them", () => {
  const what = (alert: string) =>
    tlsFailure(`received fatal alert: ${alert}`, url, { setting })?.what;
  assert.match(what("UnsupportedCertificate")!, /wants a certificate/);
  assert.equal(what("XUnknownCA"), undefined);
  assert.equal(what("UnknownCAs"), undefined);
  const { fix, reason } = tlsFailure("received fatal alert: HandshakeFailure", url, { setting })!;
  assert.equal(reason, "client_certificate_refused");
  assert.match(fix, /or ask the server's operator what it wants$/);
});
