import type { Credential } from "../base/credential.ts";

/**
 * Whether both came in one answer of the provider, whatever was taken away since. The access token
 * alone does not tell: some providers give the same one again, with a later end.
 */
export function isSameCredential(one: Credential, other: Credential): boolean {
  return one.accessToken === other.accessToken && one.obtainedAt === other.obtainedAt;
}
