import type { CredentialStore, StoredDevice, StoredPending } from "./store/credential_store.ts";
import { toleratedSkew } from "./tolerated_skew.ts";

/** A sign-in that was begun, by an authorization request or by a device code. */
export interface SignInUnderWay {
  /** The request whose answer is waited for. */
  authorization?: StoredPending;
  /** The code that is asked about. */
  device?: StoredDevice;
  /** Tells this sign-in from any other one; a secret. */
  id: string;
  /** When it is over, in milliseconds since the epoch. */
  expiresAt: number;
}

/** What some process has begun and the person may still bring to its end. */
export async function signInUnderWay(
  store: CredentialStore,
  now: number,
): Promise<SignInUnderWay | undefined> {
  const authorization = await store.readPending();
  if (authorization && isUnderWay(authorization.pending, now)) {
    const { state, expiresAt } = authorization.pending;
    return { authorization, id: state, expiresAt };
  }
  const device = await store.readDevice();
  if (device && isUnderWay(device.device, now)) {
    const { deviceCode, expiresAt } = device.device;
    return { device, id: deviceCode, expiresAt };
  }
  return undefined;
}

/** Whether the person may still come; never when it began in the future: the clock was set back. */
function isUnderWay(
  { startedAt, expiresAt }: { startedAt: number; expiresAt: number },
  now: number,
): boolean {
  return now < expiresAt && startedAt - now < toleratedSkew;
}
