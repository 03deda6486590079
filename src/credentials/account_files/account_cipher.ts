import type { AccountKeyRecord } from "../store/account_key_record.ts";

/** Seals the files of one account, and names them. */
export interface AccountCipher {
  /** The last part of the name of a file: says nothing to whoever has not got the key. */
  fileName(name: string): Promise<string>;
  /** The bytes as only this key opens them, under this name only. */
  seal(bytes: Uint8Array<ArrayBuffer>, name: string): Promise<Uint8Array<ArrayBuffer>>;
  /** The bytes; `undefined` when they are cut off, changed, or of another name, key or version. */
  open(sealed: Uint8Array<ArrayBuffer>, name: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
}

// Layout: version (1 byte), nonce (12), ciphertext with tag.
const version = 1;
const nonceLength = 12;

/** How many bytes sealing adds. */
export const sealLength: number = 1 + nonceLength + 16;

/**
 * AES-256-GCM with random nonces, under a key that is derived from the account's (HKDF, RFC 5869), as
 * the names are.
 */
export async function createAccountCipher({ secret }: AccountKeyRecord): Promise<AccountCipher> {
  const bytes = Uint8Array.from(secret.match(/../g) ?? [], (pair) => parseInt(pair, 16));
  const usages: KeyUsage[] = ["deriveBits", "deriveKey"];
  const base = await crypto.subtle.importKey("raw", bytes, "HKDF", false, usages);
  const aes = { name: "AES-GCM", length: 256 };
  const key = await crypto.subtle.deriveKey(hkdf("content"), base, aes, false, [
    "encrypt",
    "decrypt",
  ]);
  return {
    async fileName(name) {
      const digest = await crypto.subtle.digest("SHA-256", encode(name));
      const derived = await crypto.subtle.deriveBits(hkdf(`name ${hex(digest)}`), base, 128);
      return hex(derived);
    },
    async seal(bytes, name) {
      const nonce = crypto.getRandomValues(new Uint8Array(nonceLength));
      const sealed = new Uint8Array(await crypto.subtle.encrypt(gcm(nonce, name), key, bytes));
      const whole = new Uint8Array(1 + nonceLength + sealed.length);
      whole[0] = version;
      whole.set(nonce, 1);
      whole.set(sealed, 1 + nonceLength);
      return whole;
    },
    async open(sealed, name) {
      if (sealed[0] !== version) return undefined;
      const nonce = sealed.slice(1, 1 + nonceLength);
      try {
        const ciphertext = sealed.subarray(1 + nonceLength);
        return new Uint8Array(await crypto.subtle.decrypt(gcm(nonce, name), key, ciphertext));
      } catch {
        return undefined;
      }
    },
  };
}

function hkdf(purpose: string): HkdfParams {
  const info = encode(`authful-mcp-proxy account file ${version} ${purpose}`);
  return { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info };
}

function gcm(iv: Uint8Array<ArrayBuffer>, name: string): AesGcmParams {
  return { name: "AES-GCM", iv, additionalData: encode(name) };
}

function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function hex(bytes: ArrayBuffer): string {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
