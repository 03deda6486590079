import type { Credential } from "./credential.ts";
import { rememberSecret } from "./redactor.ts";

/** Has all that is secret of a credential taken out of everything that leaves this process. */
export function rememberCredential(
  { accessToken, refreshToken, idToken, dpopKey }: Partial<Credential>,
): void {
  for (const secret of [accessToken, refreshToken, idToken, dpopKey?.d]) rememberSecret(secret);
}
