import type { SetUpServer } from "../../settings/resolve_settings.ts";

/** A client whose configuration starts a server. */
export interface StartingClient {
  /** What `--client` calls it. */
  id: string;
  /** What people call it. */
  title: string;
  /** Its configuration file. */
  path: string;
}

/** One server that was set up on this machine. */
export interface KnownServer extends SetUpServer {
  /** The clients that start it. */
  clients: readonly StartingClient[];
  /** The file of the person's own server of this name, which is taken instead of this one. */
  hiddenBy?: string;
}
