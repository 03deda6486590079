/** What is wrong with a database file, as far as it decides what to do. */
export type DatabaseFault = "locked" | "corrupt" | "unwritable";

/**
 * What kind of fault an error of SQLite or of the file system is; `undefined` when it is none that
 * a store can do something about. SQLite's codes do not reach us, so its texts have to do
 * (`sqlite3ErrStr`, and the parser's "malformed database schema").
 */
export function databaseFault(error: unknown): DatabaseFault | undefined {
  if (!(error instanceof Error)) return undefined;
  const { message } = error;
  if (error instanceof Deno.errors.NotCapable) {
    // No flag for one path opens `/proc`, `/sys` and `/dev`: nobody keeps a store there.
    return message.startsWith("Requires all access") ? "unwritable" : undefined;
  }
  if (/\b(locked|busy)\b/i.test(message)) return "locked";
  if (
    /malformed|not a database|no such (table|column|index)|deserialize|integrity|to prepare/i.test(
      message,
    )
  ) {
    return "corrupt";
  }
  if (
    /readonly|read-only|is full|no space|unable to open|disk I\/O|permission|os error \d/i.test(
      message,
    )
  ) {
    return "unwritable";
  }
  return undefined;
}
