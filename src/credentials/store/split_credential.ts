import type { Credential } from "../../base/credential.ts";
import { ProxyError } from "../../base/errors.ts";
import type { Seal } from "../encryption/seal.ts";
import type { CredentialRecord, HeadRecord } from "./credential_record.ts";
import { keys, placeOf } from "./keys.ts";
import { encodeRecord } from "./record.ts";

/** What Deno KV takes as one value, in bytes; twice what HTTP servers take as header fields. */
export const largestValue = 65_536;

/** How many parts there may be, some 4 MB in all: four times what a provider may answer with. */
const mostParts = 64;

/** How many characters a part begins with. Those of a token take one byte each. */
const partLength = 60_000;

/** What a head may hold of one member of the credential, in characters. */
const largestMember = 4_096;

/** A credential as it is written. */
export interface SplitCredential {
  /** The sealed record under the credential's own key. */
  head: Uint8Array;
  /** What did not fit into it, sealed. */
  parts: readonly { key: Deno.KvKey; value: Uint8Array }[];
}

/**
 * The sealed records of a credential: one, or, when it is too large for a value of Deno KV, a head
 * and parts that hold the whole credential.
 *
 * The head holds no token. Programs that know no parts (0.1.0) take the credential for one that they
 * cannot use; with half of it, they would spend its refresh token, and not be able to store what
 * they get for it.
 *
 * @throws {ProxyError} `credential_too_large`
 */
export async function splitCredential(
  record: CredentialRecord,
  { seal, digest }: { seal: Seal; digest: string },
): Promise<SplitCredential> {
  const place = placeOf(keys.credential(digest));
  const whole = await seal.seal(record, place);
  if (whole.length <= largestValue) return { head: whole, parts: [] };
  const id = crypto.randomUUID();
  const texts = cut(JSON.stringify(record.credential));
  const parts = await Promise.all(texts.map(async (text, at) => {
    const key = keys.part(digest, { id, at });
    return { key, value: await seal.seal(text, placeOf(key)) };
  }));
  const head = await seal.seal(
    {
      ...record,
      credential: describing(record.credential),
      parts: { id, count: parts.length },
    } satisfies HeadRecord,
    place,
  );
  if (parts.length > mostParts || head.length > largestValue) throw tooLarge(whole.length);
  return { head, parts };
}

/** Pieces of a text, each of which makes a part that fits. */
function cut(text: string): string[] {
  const pieces: string[] = [];
  for (let at = 0; at < text.length && pieces.length <= mostParts;) {
    let length = partLength;
    // What is not ASCII takes more than a byte a character.
    while (encodeRecord(text.slice(at, at + length)).length > largestValue - 1_024) length >>= 1;
    pieces.push(text.slice(at, at += length));
  }
  return pieces;
}

/** What is no secret, and not long. */
function describing(credential: Credential): Partial<Credential> {
  const { accessToken: _, refreshToken: _r, idToken: _i, dpopKey: _d, ...rest } = credential;
  return Object.fromEntries(
    Object.entries(rest).filter(([, value]) =>
      (JSON.stringify(value) ?? "").length <= largestMember
    ),
  );
}

function tooLarge(size: number): ProxyError {
  return new ProxyError({
    category: "Authentication error",
    what: `the provider's tokens are too large to be stored (${size} bytes, ${
      mostParts * largestValue
    } at most)`,
    fix:
      "request fewer scopes, or configure the provider to put fewer claims (groups, roles) into its tokens",
    reason: "credential_too_large",
  });
}
