import { isDeepStrictEqual } from "node:util";
import type { ConfigFile, ConfigTexts } from "../../../settings/config_document.ts";
import type { OptionName } from "../../../settings/options.ts";
import type { CatalogueEntry } from "./catalogue_entry.ts";
import type { CatalogueRecord } from "./catalogue_record.ts";

/** What is to be done with a server of a catalogue. */
export type EntryState =
  /** It is written. */
  | "new"
  /** What was written from this catalogue before is brought up to date. */
  | "changed"
  /** It is there already. */
  | "unchanged"
  /** It would send a credential elsewhere: only after a person agreed. */
  | "needs consent"
  /** A server of this name that the catalogue did not write is taken instead. */
  | "hidden"
  /** It cannot be taken. */
  | "refused";

/** What is to be done with a server of a catalogue, and why. */
export interface ComparedEntry extends CatalogueEntry {
  /** What is to be done. */
  state: EntryState;
  /** Whether it is hidden by the administrator's server of its name, which a client may start. */
  isOfSystem?: true;
  /** Why, where the state does not say it. */
  why?: string;
  /** What was written before. */
  before?: ConfigTexts;
}

/** Whose a credential is: with another one of these, tokens would go to somebody else. */
export const decisive: readonly OptionName[] = [
  "backendUrl",
  "oidcIssuerUrl",
  "oidcClientId",
  "oidcMetadataUrl",
  "backendIssuerUrl",
  "backendClientId",
];

/** What {@linkcode compareEntry} compares with. */
export interface Compared {
  /** The catalogue. */
  source: string;
  /** The person's configuration file. */
  config: ConfigFile | undefined;
  /** The administrator's. */
  system: ConfigFile | undefined;
  /** What was written before. */
  record: CatalogueRecord;
  /** Whether somebody is signed in with such settings. */
  holdsCredential(name: string, texts: ConfigTexts): Promise<boolean>;
}

/** Says what is to be done with a server of a catalogue. Changes nothing. */
export async function compareEntry(
  entry: CatalogueEntry,
  { source, config, system, record, holdsCredential }: Compared,
): Promise<ComparedEntry> {
  const { name, texts, problem } = entry;
  if (problem !== undefined) return { ...entry, state: "refused", why: problem };
  if (system && Object.hasOwn(system.servers, name)) {
    const why = `${system.path} has a server of this name`;
    return { ...entry, state: "hidden", isOfSystem: true, why };
  }
  const present = config && Object.hasOwn(config.servers, name) ? config.servers[name] : undefined;
  if (!present) return { ...entry, state: "new" };
  if (isDeepStrictEqual(present, texts)) return { ...entry, state: "unchanged" };
  if (!isDeepStrictEqual(present, record[source]?.[name])) {
    return { ...entry, state: "hidden", why: `your own server of this name is in ${config!.path}` };
  }
  const moved = decisive.filter((option) => present[option] !== texts[option]);
  if (moved.length === 0 || !await holdsCredential(name, present)) {
    return { ...entry, state: "changed", before: present };
  }
  return {
    ...entry,
    state: "needs consent",
    why: `you are signed in there, and ${moved.join(" and ")} would be another one`,
    before: present,
  };
}
