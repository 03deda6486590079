import type { ClientName } from "./client_names.ts";
import type { SearchableMachine } from "../../platform/paths.ts";
import type { ServerEntry } from "./server_entry.ts";

/** One MCP client: where its configuration lies and how a server is written into it. */
export interface ClientFormat {
  /** What `--client` calls it. */
  id: ClientName;
  /** What people call it. */
  title: string;
  /**
   * The path of its configuration file.
   *
   * @throws {ProxyError} when the machine has no home directory
   */
  location(machine: SearchableMachine): string;
  /**
   * Whether that is in the current directory. Whoever made the directory may have written it, so that
   * nothing in it is believed unless the person names this client.
   */
  inCurrentDirectory?: true;
  /** Where it keeps the servers of one project, below the project's directory; none when absent. */
  project?: readonly string[];
  /** How long it waits for a server to start, and what raises that; for docs/clients.md. */
  slowStart?: string;
  /**
   * The servers that it starts by a command, with what is said of them.
   *
   * @throws {ProxyError} when the text is not understood
   */
  entries(text: string): readonly ServerEntry[] | Promise<readonly ServerEntry[]>;
  /**
   * The text with the server in it, nothing else changed; `undefined` stands for a file that is not
   * there. The same text when the server is in it already.
   *
   * @throws {ProxyError} when the text is not understood
   */
  add(text: string | undefined, entry: ServerEntry): string | Promise<string>;
  /**
   * The text without the server of that name, nothing else changed; the same text when it has none.
   *
   * @throws {ProxyError} when the text is not understood
   */
  remove(text: string, name: string): string | Promise<string>;
  /** The text with every value hidden that may be a secret, whoever's it is; for the screen. */
  masked(text: string): string;
  /** What the person does for the client to notice. */
  afterwards: string;
}
