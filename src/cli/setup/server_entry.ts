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

/** The servers of a client's configuration that are started by a command, whatever else they say. */
export function entriesOf(servers: unknown): ServerEntry[] {
  return Object.entries(Object(servers)).flatMap(([name, server]) => {
    const { command, args = [], env } = Object(server);
    if (typeof command !== "string" || !Array.isArray(args)) return [];
    const variables = Object.entries(Object(env)).map(([name, value]) => [name, String(value)]);
    return [{
      name,
      command,
      args: args.map(String),
      env: Object.fromEntries(variables),
      inherited: [],
    }];
  });
}
