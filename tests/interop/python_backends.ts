import { join } from "node:path";
import { fromFileUrl } from "../support/paths.ts";
import { startBackendProcess } from "./backend_process.ts";
import type { Backend } from "./counterpart.ts";
import { installPythonPackages } from "./installation.ts";

/** What {@linkcode pythonBackends} makes backends of. */
export interface PythonBackends {
  /** The folder's `requirements.txt`: everything that is installed, pinned. */
  requirements: URL;
  /** The folder's program. It stays where it is, so that a change of it installs nothing anew. */
  program: URL;
  /** What the first part of the name and title is. */
  name: string;
  title: string;
  /** The packages whose versions the table shows. */
  shown: readonly string[];
  /** By `VARIANT`: what the title says of it. `""` is the one that bears the plain name. */
  variants: Readonly<Record<string, string>>;
  /** Which of them belong to `--quick`. */
  quick?: readonly string[];
  /**
   * The protocols that it speaks over Streamable HTTP. The plain variant is measured with each: the
   * others differ in sessions, which the protocol of 2026 does not have.
   */
  eras?: Backend["eras"];
}

/** Backends that are one Python program in several transports and modes. */
export async function pythonBackends(options: PythonBackends): Promise<Backend[]> {
  const { requirements, program, name, title, shown, variants, quick = [], eras } = options;
  const files = [requirements];
  const versions = pinnedVersions(await Deno.readTextFile(requirements), shown);
  return Object.entries(variants).map(([variant, form]) => ({
    name: variant ? `${name}-${variant}` : name,
    title: `${title}, ${form}`,
    versions,
    toolchains: ["python"],
    quick: quick.includes(variant),
    transport: variant === "sse" ? "sse" : "streamable-http",
    ...eras && variant === "" ? { eras } : {},
    files,
    install: (directory, signal) => installPythonPackages(directory, { files, signal }),
    start: (options) =>
      startBackendProcess(options, {
        command: join(options.directory, "venv", "bin", "python"),
        args: [fromFileUrl(program)],
        variant,
        path: variant === "sse" ? "/sse" : "/mcp",
      }),
  }));
}

/** The versions that a `requirements.txt` pins of some packages. */
export function pinnedVersions(
  requirements: string,
  shown: readonly string[],
): Record<string, string> {
  const pins = new Map(
    requirements.split("\n").map((line) => line.split("==") as [string, string]),
  );
  return Object.fromEntries(shown.map((name) => {
    const version = pins.get(name);
    if (version === undefined) throw new Error(`${name} is not pinned in requirements.txt`);
    return [name, version];
  }));
}
