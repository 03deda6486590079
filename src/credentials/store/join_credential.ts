import type { Credential } from "../../base/credential.ts";
import type { Seal } from "../encryption/seal.ts";
import type { CredentialRecord, HeadRecord } from "./credential_record.ts";
import type { Database } from "./database.ts";
import { keys, placeOf } from "./keys.ts";

/**
 * The whole record that a head stands for; `undefined` when its parts are not there, because they
 * were replaced since it was read, or cannot be opened.
 */
export async function joinCredential(
  head: HeadRecord,
  { database, seal, digest }: { database: Database; seal: Seal; digest: string },
): Promise<CredentialRecord | undefined> {
  const { parts, ...record } = head;
  if (parts === undefined) {
    return record.credential?.accessToken ? record as CredentialRecord : undefined;
  }
  const { id, count } = parts;
  const texts: string[] = [];
  const entries = await database.run((kv) =>
    Array.fromAsync(kv.list({ prefix: keys.parts(digest, id) }, { limit: count }))
  );
  for (const { key, value } of entries) {
    const text = await seal.open<string>(value, placeOf(key));
    if (typeof text !== "string") return undefined;
    texts.push(text);
  }
  if (texts.length !== count) return undefined;
  try {
    return { ...record, credential: JSON.parse(texts.join("")) as Credential };
  } catch {
    return undefined;
  }
}
