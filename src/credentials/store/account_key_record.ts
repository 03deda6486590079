/** The key of an account's files as it lies in the database, sealed. */
export interface AccountKeyRecord {
  /** The version of this record and of the files. */
  version: 1;
  /** Whose it is, as `accountOf` says. */
  account: string;
  /** The part of the files' names that they have in common, 16 hexadecimal digits. */
  id: string;
  /** 32 random bytes, hexadecimal. */
  secret: string;
}
