/**
 * Backends in Java: a Maven project in a folder, built once, and run as a process of its own.
 *
 * @module
 */
import { join } from "node:path";
import { startBackendProcess } from "./backend_process.ts";
import type { BackendOptions, RunningBackend } from "./counterpart.ts";
import { runCommand } from "./running_process.ts";
import { fromFileUrl } from "../support/paths.ts";

/** How {@linkcode MavenProject.start} starts a project. */
export interface JavaStart {
  /** The runnable jar, from the project's folder on: `target/server.jar`. */
  jar: string;
  /** Which transport or mode. */
  variant?: string;
  /** The path of the MCP endpoint; `/mcp` unless told otherwise. */
  path?: string;
  /** The line that says that it accepts connections; one with `ready` unless told otherwise. */
  ready?: RegExp;
  /** More environment variables. */
  env?: Readonly<Record<string, string>>;
}

/** A Maven project: `pom.xml` and what is in `src`. */
export interface MavenProject {
  /** What it is made of. */
  readonly files: readonly URL[];
  /** Builds it in a directory. */
  install(directory: string, signal: AbortSignal): Promise<void>;
  /** Runs what was built; resolves when it accepts connections. */
  start(options: BackendOptions, start: JavaStart): Promise<RunningBackend>;
}

/** The Maven project in a folder. */
export function mavenProject(folder: URL): MavenProject {
  const paths = ["pom.xml", ...filesUnder(folder, "src/")];
  return {
    files: paths.map((path) => new URL(path, folder)),
    async install(directory, signal) {
      for (const path of paths) {
        const copy = join(directory, path);
        await Deno.mkdir(join(copy, ".."), { recursive: true });
        await Deno.copyFile(fromFileUrl(new URL(path, folder)), copy);
      }
      await runCommand({
        command: "mvn",
        args: ["--quiet", "--batch-mode", "package"],
        cwd: directory,
        patience: 600_000,
        signal,
      });
    },
    start: (options, { jar, ...start }) =>
      startBackendProcess(options, {
        command: "java",
        // Enough for a result of 20 MB, and soon up: several of these share a small machine.
        args: [
          "-Xmx256m",
          "-XX:+UseSerialGC",
          "-XX:TieredStopAtLevel=1",
          "-jar",
          join(options.directory, jar),
        ],
        ...start,
      }),
  };
}

function filesUnder(folder: URL, path: string): string[] {
  const found: string[] = [];
  for (const entry of Deno.readDirSync(new URL(path, folder))) {
    if (entry.isDirectory) found.push(...filesUnder(folder, `${path}${entry.name}/`));
    else found.push(`${path}${entry.name}`);
  }
  return found.sort();
}
