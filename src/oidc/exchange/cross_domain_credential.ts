import type { Credential } from "../../base/credential.ts";
import { ProxyError } from "../../base/errors.ts";
import { excerpt } from "../../base/excerpt.ts";
import { unverifiedClaims } from "../discovery/issuer_template.ts";
import type { ProviderConnection } from "../provider_connection.ts";
import { type BackendServer, connectBackendServer } from "./backend_server.ts";
import type { Derivation } from "./derivation.ts";
import { exchangeToken } from "./exchange_token.ts";
import { inBackendWords } from "./in_backend_words.ts";
import { redeemAssertion } from "./redeem_assertion.ts";

/**
 * A credential of the backend's own authorization server: an ID-JAG of the provider
 * (draft-ietf-oauth-identity-assertion-authz-grant, MCP Enterprise-Managed Authorization), presented
 * there once (RFC 7523 section 2.1).
 */
export async function crossDomainCredential(
  connection: ProviderConnection,
  { subject, claims, dpopKey, moreScopes = [], signal }: Derivation,
): Promise<Credential> {
  const { exchange } = connection.options;
  const { audience, resource: wanted } = exchange!;
  const backend = await connectBackendServer(connection.options, signal);
  const resource = wanted === "none" ? undefined : wanted ?? backend.resource;
  const known = exchange!.scopes.length > 0 ? exchange!.scopes : backend.scopes;
  const scopes = [...new Set([...known, ...moreScopes])];
  const { accessToken: idJag } = await exchangeToken(connection, {
    subject,
    requested: "id-jag",
    audience: audience ?? backend.issuer,
    resource,
    scopes,
    dpopKey: undefined,
    signal,
  });
  checkIdJag(idJag, { connection, backend, resource, subject: claims?.sub });
  try {
    return await redeemAssertion(backend.connection, {
      assertion: idJag,
      scopes,
      dpopKey,
      step: "the ID-JAG",
      signal,
    });
  } catch (error) {
    throw inBackendWords(error, backend.connection);
  }
}

/**
 * Looks at an ID-JAG before it is shown to the backend's authorization server: that it is from the
 * provider, for that server, that client and that backend, and about the person who has signed in. A
 * server that is named by a backend that somebody broke into gets none that is good elsewhere.
 *
 * @throws {ProxyError} `id_jag_mismatch`
 */
function checkIdJag(
  idJag: string,
  { connection, backend, resource, subject }: {
    connection: ProviderConnection;
    backend: BackendServer;
    resource: string | undefined;
    subject: unknown;
  },
): void {
  const { server } = connection;
  const said = unverifiedClaims(idJag);
  const expected: [string, unknown, boolean][] = [
    ["iss", server.issuer, said.iss === server.issuer || server.issuer.includes("{")],
    ["aud", backend.issuer, [said.aud].flat().every((name) => isSame(name, backend.issuer))],
    [
      "client_id",
      backend.connection.client.client_id,
      said.client_id === backend.connection.client.client_id,
    ],
    [
      "resource",
      resource,
      said.resource === undefined || resource === undefined ||
      [said.resource].flat().some((name) => isSame(name, resource)),
    ],
    ["sub", subject, subject === undefined || said.sub === subject || hasPairwiseSubjects(server)],
  ];
  // One that is encrypted to the other server says nothing here.
  const isEncrypted = idJag.split(".").length === 5;
  const wrong = isEncrypted ? undefined : expected.find(([, , isGood]) => !isGood);
  if (!wrong) return;
  const [name, wanted] = wrong;
  const shown = (value: unknown) => excerpt(JSON.stringify(value) ?? "nothing");
  throw new ProxyError({
    category: "Authentication error",
    what: `${server.issuer} gave an ID-JAG whose ${name} is ${shown(said[name])}, not ${
      shown(wanted)
    }: it is shown to nobody`,
    fix: name === "client_id"
      ? `ask the administrator of ${server.issuer} to set the client id that this program has at ` +
        `${backend.issuer}, or correct MCP_BACKEND_CLIENT_ID`
      : `tell the administrator of ${server.issuer}`,
    reason: "id_jag_mismatch",
    final: true,
  });
}

/** Whether one person may have another subject identifier at each client (OpenID Connect Core section 8). */
function hasPairwiseSubjects(
  { subject_types_supported: types }: ProviderConnection["server"],
): boolean {
  return !Array.isArray(types) || types.some((type) => type !== "public");
}

function isSame(one: unknown, other: string): boolean {
  return typeof one === "string" && one.replace(/\/$/, "") === other.replace(/\/$/, "");
}
