import { join } from "node:path";
import { fromFileUrl } from "../support/paths.ts";
import { startClientProcess } from "./client_process.ts";
import type { Client } from "./counterpart.ts";
import { installPythonPackages } from "./installation.ts";
import { pinnedVersions } from "./python_backends.ts";

/** What {@linkcode pythonClient} makes a client of. */
export interface PythonClient extends Pick<Client, "quick" | "handshake" | "cannot" | "eras"> {
  /** Everything that is installed, pinned. A backend's, when that has the client too. */
  requirements: URL;
  /** The program. It stays where it is, so that a change of it installs nothing anew. */
  program: URL;
  /** What goes through the catalogue, where it can. */
  catalogue?: URL;
  /** See {@linkcode Client}. */
  name: string;
  title: string;
  /** The packages whose versions the table shows. */
  shown: readonly string[];
  /** What its environment has besides what each client's has. */
  env?: Readonly<Record<string, string>>;
}

/** A client that is a Python program. */
export async function pythonClient(options: PythonClient): Promise<Client> {
  const { requirements, program, catalogue = program, shown, env, ...more } = options;
  const files = [requirements];
  return {
    ...more,
    versions: pinnedVersions(await Deno.readTextFile(requirements), shown),
    toolchains: ["python"],
    files,
    install: (directory, signal) => installPythonPackages(directory, { files, signal }),
    start: (options) =>
      startClientProcess(options, {
        command: join(options.directory, "venv", "bin", "python"),
        args: [fromFileUrl(options.catalogue ? catalogue : program)],
        env,
      }),
  };
}
