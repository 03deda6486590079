import type { CredentialEncryption } from "./encryptions.ts";
import { decodeRecord, encodeRecord } from "../store/record.ts";

/** The key that seals and opens records, with the name by which a record remembers it. */
export interface DataKey {
  /** The first 8 bytes of the key's SHA-256 digest. */
  id: Uint8Array;
  /** AES-256-GCM. */
  key: CryptoKey;
}

// Layout: kind (1 byte), then for "none" the record itself, else key id (8), nonce (12), ciphertext.
const kinds: readonly CredentialEncryption[] = ["none", "file", "keychain"];
const idLength = 8;
const nonceLength = 12;

/** How a record is protected; `undefined` when it is not one of ours. */
export function encryptionOf(sealed: Uint8Array): CredentialEncryption | undefined {
  return kinds[sealed[0]];
}

/** The data key of 32 random bytes. */
export async function importDataKey(bytes: Uint8Array<ArrayBuffer>): Promise<DataKey> {
  const [digest, key] = await Promise.all([
    crypto.subtle.digest("SHA-256", bytes),
    crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]),
  ]);
  return { id: new Uint8Array(digest, 0, idLength), key };
}

/** How {@linkcode sealRecord} protects a record. */
export interface Sealing {
  /** What protects it. */
  encryption: CredentialEncryption;
  /** The data key, unless it is not to be encrypted. */
  dataKey?: DataKey;
  /** The associated data: binds the record to the place it is stored at. */
  place: string;
}

/** A record as it lies in the database: AES-256-GCM with a random nonce, or plain. */
export async function sealRecord(
  value: unknown,
  { encryption, dataKey, place }: Sealing,
): Promise<Uint8Array<ArrayBuffer>> {
  const plain = encodeRecord(value);
  const kind = Uint8Array.of(kinds.indexOf(encryption));
  if (!dataKey) return concat([kind, plain]);
  const nonce = crypto.getRandomValues(new Uint8Array(nonceLength));
  const ciphertext = await crypto.subtle.encrypt(gcm(nonce, place), dataKey.key, plain);
  return concat([kind, dataKey.id, nonce, new Uint8Array(ciphertext)]);
}

/** The record, or `undefined` when this key does not open it or it was not stored at this place. */
export async function openRecord<T>(
  sealed: Uint8Array,
  { dataKey, place }: { dataKey?: DataKey; place: string },
): Promise<T | undefined> {
  if (encryptionOf(sealed) === "none") return decodeRecord<T>(sealed.subarray(1));
  const id = sealed.subarray(1, 1 + idLength);
  if (!dataKey || id.some((byte, at) => byte !== dataKey.id[at])) return undefined;
  const nonce = sealed.slice(1 + idLength, 1 + idLength + nonceLength);
  const ciphertext = sealed.slice(1 + idLength + nonceLength);
  try {
    const plain = await crypto.subtle.decrypt(gcm(nonce, place), dataKey.key, ciphertext);
    return decodeRecord<T>(new Uint8Array(plain));
  } catch {
    return undefined;
  }
}

function gcm(iv: Uint8Array<ArrayBuffer>, place: string): AesGcmParams {
  return { name: "AES-GCM", iv, additionalData: new TextEncoder().encode(place) };
}

function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
