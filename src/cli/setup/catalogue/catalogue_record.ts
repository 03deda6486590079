import type { ConfigTexts } from "../../../settings/config_document.ts";
import { describe, ProxyError } from "../../../base/errors.ts";
import { readTextFile } from "../../../base/read_file.ts";
import { writeConfiguration } from "../write_configuration.ts";

/**
 * What was written from catalogues: the servers of each source, as they were written. What the person
 * changed since then is theirs.
 */
export type CatalogueRecord = Readonly<Record<string, Readonly<Record<string, ConfigTexts>>>>;

/** Where it is kept: beside the configuration file. */
export function recordPath(configPath: string): string {
  return `${configPath.replace(/\.json$/, "")}.catalogue.json`;
}

/**
 * Reads what was written before; nothing when there is no record.
 *
 * @throws {ProxyError} when it is there and is not understood: nobody could tell whose a server is
 */
export async function readRecord(path: string): Promise<CatalogueRecord> {
  try {
    const { sources } = JSON.parse(await readTextFile(path, { pipes: false }));
    return Object.fromEntries(
      Object.entries(Object(sources)).map(([source, servers]) => [source, Object(servers)]),
    );
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return {};
    throw new ProxyError({
      category: "System error",
      what: `what was written from catalogues cannot be read from ${path}: ${describe(cause)}`,
      fix: "correct the file, or remove it: then every server counts as your own",
      reason: "catalogue_record_unreadable",
      cause,
    });
  }
}

/** Writes what was written, for the owner only; not even touches the file when it is the same. */
export async function writeRecord(
  path: string,
  { before, after }: { before: CatalogueRecord; after: CatalogueRecord },
): Promise<void> {
  if (JSON.stringify(before) === JSON.stringify(after)) return;
  await writeConfiguration(
    { path, text: undefined, mode: 0o600, owner: undefined },
    `${JSON.stringify({ sources: after }, null, 2)}\n`,
  );
}
