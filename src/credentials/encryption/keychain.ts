import { describe, ProxyError } from "../../base/errors.ts";

const service = "authful-mcp-proxy";
const account = "credential data key";

/** The data key in the person's system keychain; `undefined` when there is none yet. */
export async function readKeychain(): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const text = await reach((entry) => entry.getPassword());
  return text && /^[0-9a-f]{64}$/.test(text) ? fromHex(text) : undefined;
}

/** Puts the data key into the system keychain: 32 bytes, as text, fit every system's limits. */
export async function writeKeychain(bytes: Uint8Array): Promise<void> {
  await reach((entry) => entry.setPassword(toHex(bytes)));
}

type Entry = import("@napi-rs/keyring").AsyncEntry;

async function reach<T>(use: (entry: Entry) => Promise<T>): Promise<T> {
  // Without it the library's loader tells a long story of everything else it tried.
  if (Deno.permissions.querySync({ name: "ffi" }).state !== "granted") {
    throw unreachable(
      "the program was started without the permission to load its library",
      "start it with --allow-ffi",
    );
  }
  try {
    const { AsyncEntry } = await import("@napi-rs/keyring");
    // Without this the library falls back to the kernel's keyring, which a restart empties.
    const options = { linux: { store: "secret-service" as const } };
    return await use(new AsyncEntry(service, account, options));
  } catch (error) {
    throw unreachable(
      describe(error),
      Deno.build.os === "linux"
        ? "start and unlock a Secret Service (GNOME Keyring, KWallet, KeePassXC)"
        : "unlock it",
    );
  }
}

function unreachable(why: string, fix: string): ProxyError {
  return new ProxyError({
    category: "System error",
    what: `the system keychain cannot be reached (${why})`,
    fix: `${fix}, or choose --credential-encryption file`,
    reason: "keychain_unreachable",
  });
}

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function fromHex(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}
