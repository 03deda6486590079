import type { ConfigTexts } from "../../../settings/config_document.ts";

/** One server that a catalogue offers. */
export interface CatalogueEntry {
  /** The name that it is to have in the configuration file. */
  name: string;
  /** What the catalogue calls it, for people. */
  title: string | undefined;
  /** What the catalogue says of it. */
  description: string | undefined;
  /** Its settings. */
  texts: ConfigTexts;
  /** Why it cannot be taken; nothing of it is then used. */
  problem?: string;
}

/** What a catalogue offers. */
export interface Catalogue {
  /** Where it was read from. */
  source: string;
  /** The servers, each name once. */
  entries: readonly CatalogueEntry[];
  /** How many servers it lists besides, which cannot be reached over Streamable HTTP. */
  others: number;
}
