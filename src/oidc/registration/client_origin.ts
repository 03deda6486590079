import { requireUsable } from "../discovery/check_metadata.ts";
import { withoutClientId } from "../client_options.ts";
import type { DiscoveringClientOptions } from "./discovery_options.ts";
import { type FindOptions, findProvider } from "./find_provider.ts";
import { refuseForAdvertised } from "./refuse_for_advertised.ts";
import { registrationsIn } from "./registrations.ts";

/** Where the client id of a sign-in would come from. */
export interface ClientOrigin {
  /**
   * The settings, the URL of a metadata document, a registration that was made, one that would be
   * made then, or nowhere: the provider registers nobody.
   */
  from: "settings" | "document" | "registration" | "new registration" | "nowhere";
  /** The client id, when there is one already. */
  clientId?: string;
}

/**
 * Who a sign-in would be done as; registers nobody.
 *
 * @throws {ProxyError} `unsafe_endpoint` about the registration endpoint, `issuer_missing`
 */
export async function clientOrigin(
  options: DiscoveringClientOptions,
  how: FindOptions,
): Promise<ClientOrigin> {
  const { clientId, clientSecret, clientMetadataUrl, redirectUrls, notes } = options;
  if (clientId !== undefined) {
    if (clientSecret !== undefined && !options.issuerUrl) {
      const provider = await findProvider(options, how);
      refuseForAdvertised(options, { provider, given: clientSecret, kind: "client secret" });
    }
    return { from: "settings", clientId };
  }
  if (options.flow === "workload") return { from: "settings", clientId: withoutClientId };
  const provider = await findProvider(options, how);
  const { issuer, client_id_metadata_document_supported: takesDocuments } = provider.metadata;
  if (clientMetadataUrl && takesDocuments) {
    return { from: "document", clientId: clientMetadataUrl.href };
  }
  const client = await registrationsIn(notes, { issuer, redirectUrls }).current();
  if (client) return { from: "registration", clientId: client.clientId };
  const { metadata, refused } = await provider.metadataWith(["registration_endpoint"]);
  requireUsable(refused, "registration_endpoint");
  refuseForAdvertised(options, {
    provider,
    given: options.readRegistrationToken,
    kind: "initial access token",
  });
  return { from: metadata.registration_endpoint ? "new registration" : "nowhere" };
}
