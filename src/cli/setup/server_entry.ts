/** How a client is to start this program for one backend. */
export interface ServerEntry {
  /** What the client calls it: letters, digits, `-` and `_`. */
  name: string;
  /** The executable. */
  command: string;
  /** Its arguments. */
  args: readonly string[];
  /** The variables it is started with. */
  env: Readonly<Record<string, string>>;
  /** The names of variables that it needs as the client has them, where it has them. */
  inherited: readonly string[];
}
