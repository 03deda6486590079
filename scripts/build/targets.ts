/** A platform that gets an executable. */
export interface Target {
  /** The triple that `deno compile --target` takes. */
  readonly triple: string;
  /** Node's name of the operating system (`process.platform`). */
  readonly os: "linux" | "darwin" | "win32";
  /** Node's name of the processor (`process.arch`). */
  readonly cpu: "x64" | "arm64";
  /** What the executable is called. */
  readonly executable: "authful-mcp-proxy" | "authful-mcp-proxy.exe";
  /** How the archive for people is packed. */
  readonly archive: "tar.gz" | "zip";
  /** The npm package that holds the keychain add-on for this platform. */
  readonly keyring: string;
}

const unix = { executable: "authful-mcp-proxy", archive: "tar.gz" } as const;
const windows = { executable: "authful-mcp-proxy.exe", archive: "zip" } as const;

/** Every platform that a release covers. */
export const targets: readonly Target[] = [
  {
    triple: "x86_64-unknown-linux-gnu",
    os: "linux",
    cpu: "x64",
    keyring: "@napi-rs/keyring-linux-x64-gnu",
    ...unix,
  },
  {
    triple: "aarch64-unknown-linux-gnu",
    os: "linux",
    cpu: "arm64",
    keyring: "@napi-rs/keyring-linux-arm64-gnu",
    ...unix,
  },
  {
    triple: "x86_64-apple-darwin",
    os: "darwin",
    cpu: "x64",
    keyring: "@napi-rs/keyring-darwin-x64",
    ...unix,
  },
  {
    triple: "aarch64-apple-darwin",
    os: "darwin",
    cpu: "arm64",
    keyring: "@napi-rs/keyring-darwin-arm64",
    ...unix,
  },
  {
    triple: "x86_64-pc-windows-msvc",
    os: "win32",
    cpu: "x64",
    keyring: "@napi-rs/keyring-win32-x64-msvc",
    ...windows,
  },
  {
    triple: "aarch64-pc-windows-msvc",
    os: "win32",
    cpu: "arm64",
    keyring: "@napi-rs/keyring-win32-arm64-msvc",
    ...windows,
  },
];

/** The target with this triple; throws when a release has none. */
export function targetOf(triple: string): Target {
  const target = targets.find((each) => each.triple === triple);
  if (target) return target;
  const known = targets.map((each) => each.triple).join(", ");
  throw new Error(`Cannot build for ${JSON.stringify(triple)}: known targets are ${known}`);
}
