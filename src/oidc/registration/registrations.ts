import type { ProviderNotes } from "../../base/provider_notes.ts";
import type { RegisteredClient } from "./register_client.ts";

/** Where a registration belongs: one provider and the redirect URLs that it was made with. */
export interface RegistrationPlace {
  /** The provider's issuer, as its metadata has it. */
  issuer: string;
  /** The redirect URLs. */
  redirectUrls: readonly URL[];
}

/** The clients that were registered at providers, among the notes. */
export interface Registrations {
  /** The one to sign in as. */
  current(): Promise<RegisteredClient | undefined>;
  /** The one with this client id, also when another one has come after it. */
  byId(clientId: string): Promise<RegisteredClient | undefined>;
  /** Keeps a new one, to sign in as. */
  keep(client: RegisteredClient): Promise<void>;
  /** Signs in as this one no more; with `gone` the provider has forgotten it. */
  forget(client: { clientId: string; gone: boolean }): Promise<void>;
}

/**
 * The registrations in the notes. Each lies there twice: by its redirect URLs, where the next
 * sign-in looks for it, and by its client id, since a credential can be renewed and revoked as the
 * client that it was given to and as no other, whoever signed in since then.
 */
export function registrationsIn(
  notes: ProviderNotes | undefined,
  { issuer, redirectUrls }: RegistrationPlace,
): Registrations {
  const currentName = `client ${issuer} ${redirectUrls.map((url) => url.href).join(" ")}`;
  const nameOf = (clientId: string) => `client-id ${issuer} ${clientId}`;
  const read = async (name: string) => {
    const noted = await notes?.read(name).catch(() => undefined);
    return isRegistered(noted) ? noted : undefined;
  };
  const current = () => read(currentName);
  return {
    current,
    async byId(clientId) {
      const client = await read(nameOf(clientId)) ?? await current();
      return client?.clientId === clientId ? client : undefined;
    },
    async keep(client) {
      // A note that cannot be written costs a registration next time and nothing else.
      await notes?.write(currentName, client).catch(() => {});
      await notes?.write(nameOf(client.clientId), client).catch(() => {});
    },
    async forget({ clientId, gone }) {
      if (gone) await notes?.remove(nameOf(clientId)).catch(() => {});
      if ((await current())?.clientId === clientId) {
        await notes?.remove(currentName).catch(() => {});
      }
    },
  };
}

function isRegistered(value: unknown): value is RegisteredClient {
  if (typeof value !== "object" || value === null) return false;
  const { clientId, method } = value as Partial<RegisteredClient>;
  return typeof clientId === "string" && typeof method === "string";
}
