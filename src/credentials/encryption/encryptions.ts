/** What may protect credentials at rest: a key in a file, one in the system's keychain, or nothing. */
export const encryptions = ["file", "keychain", "none"] as const;

/** One of {@linkcode encryptions}. */
export type CredentialEncryption = typeof encryptions[number];
