import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { run } from "../build/run.ts";
import { type Target, targetOf } from "../build/targets.ts";

/** A file in an npm package. */
export interface PackedExecutable {
  /** The package, as `name@version`. */
  readonly specifier: string;
  /** What the registry and this program agree that its tarball is. */
  readonly integrity: string;
  /** Where the file lies in it. */
  readonly path: string;
}

/** The Deno that compiles with the bases below; it must be of the version that made them. */
export const compiler: PackedExecutable = {
  specifier: "@deno/linux-x64-glibc@2.7.11",
  integrity:
    "sha512-TCRXqy4rHI+pKmWfjIz/qfDyfTz61qhxj+03kEJ3r0YzRGsXNoHyE7WiUawwUK2hbrBAu7hn3m5833VUYqRzOg==",
  path: "package/deno",
};

/** The newest executables on npm that were made by `deno compile` for several platforms. */
export const publishedExecutables: ReadonlyMap<Target, PackedExecutable> = new Map(
  ([
    [
      "x86_64-unknown-linux-gnu",
      "linux-x64",
      "kp5QdG26EC8gEzVXI0YgzmiiFHz7DFCNRLNfAWa2rDPHr/jUBnfkP8AlbTPmv0YNQpnKn1wzSWHFw88fn/OTog==",
    ],
    [
      "aarch64-unknown-linux-gnu",
      "linux-arm64",
      "HjSQdAt40CpYIauUKJ1xyIEsdrf5LtQP1x8Su7BEZJN94807ROJXxabW+jXyc48823tVBkrnxNUUTrBK4TVTRw==",
    ],
    [
      "x86_64-apple-darwin",
      "darwin-x64",
      "BYbQhEqBiEd+G9IyXWLpgAcSXFKMr6W3ZQXiOS3O5NnOWv+bNuyo793eBvEJ5fRKiuCV6n/ANVSJZLFOf6Nzog==",
    ],
    [
      "aarch64-apple-darwin",
      "darwin-arm64",
      "k5WGyCQl7DDpYWy3BI5TxGIxOdUpMeJ0q7kUi1EYs7Y72B/q0hIKDv3/fCgoZPWBI+N9XjnlSyetaxVQTRvWow==",
    ],
    [
      "x86_64-pc-windows-msvc",
      "win32-x64",
      "7ZsJltOYVvMTl6eAy1AKMya7TFhb629FXr/BKZTyQsBrPj28rAaebQSTFYs1IZN0+n6LnJTpue6m4SIkevqBNA==",
    ],
  ] as const).map(([triple, platform, hash]) => [
    targetOf(triple),
    {
      specifier: `@stdy/cli-${platform}@0.22.2`,
      integrity: `sha512-${hash}`,
      path: platform === "win32-x64" ? "package/bin/steady.exe" : "package/bin/steady",
    },
  ]),
);

/**
 * Fetches a file out of an npm package.
 *
 * @throws {Error} when the package is not the one that was meant
 */
export async function fetchExecutable(packed: PackedExecutable): Promise<Uint8Array> {
  const { specifier, integrity, path } = packed;
  const directory = await Deno.makeTempDir({ prefix: "authful-runtime-" });
  try {
    await run(["npm", "pack", "--silent", specifier], { cwd: directory });
    const [{ name: tarball } = { name: "" }] = await Array.fromAsync(Deno.readDir(directory));
    assertIntegrity(specifier, {
      tarball: await Deno.readFile(join(directory, tarball)),
      integrity,
    });
    await run(["tar", "-xzf", tarball, path], { cwd: directory });
    return await Deno.readFile(join(directory, path));
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** Refuses a tarball with other bytes than were meant. */
export function assertIntegrity(
  specifier: string,
  { tarball, integrity }: { tarball: Uint8Array; integrity: string },
): void {
  const actual = `sha512-${createHash("sha512").update(Buffer.from(tarball)).digest("base64")}`;
  if (actual !== integrity) {
    throw new Error(`Cannot use ${specifier}: ${integrity} was meant, the registry has ${actual}`);
  }
}
