/**
 * Machines of another kind, emulated: executables for Linux on ARM run under qemu, those for Windows
 * under wine.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { existsSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { forwardingLibrary } from "./windows_library.ts";

/** A machine that starts one executable for another platform. */
export interface ForeignMachine extends AsyncDisposable {
  /** What starts the executable. */
  readonly command: readonly [string, ...string[]];
  /** Variables that the command needs. */
  readonly env: Readonly<Record<string, string>>;
}

/** Where Debian's packages `qemu-user-static` and `libgcc-s1-arm64-cross` put what is needed. */
const qemu = "/usr/bin/qemu-aarch64-static";
const armLibraries = "/usr/aarch64-linux-gnu";

/** Where Debian's package `wine64` puts its programs, which are not on PATH. */
const wine = "/usr/lib/wine/wine64";
const wineServer = "/usr/lib/wine/wineserver64";

/** Whether an executable for Linux on ARM can be started here. */
export const runsLinuxOnArm = existsSync(qemu) &&
  existsSync(join(armLibraries, "lib", "libgcc_s.so.1"));

/** Whether an executable for Windows can be started here. */
export const runsWindows = existsSync(wine) && existsSync(wineServer);

/** A machine with Windows. */
export interface WindowsMachine extends ForeignMachine {
  /** Where the profile directory of the person lies, as this machine sees it. */
  readonly profile: string;
}

/** A machine with Linux on ARM. */
export function linuxOnArm(executable: string): ForeignMachine {
  return {
    command: [qemu, "-L", armLibraries, executable],
    env: {},
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/**
 * Sets up a {@linkcode WindowsMachine}. Two things are missing in the wine of Debian 12 that Deno uses: a source
 * of random numbers, which a library beside the executable takes from another one, and placeholders
 * in memory. V8 does without those where Windows is too old to have them, so the copy of the
 * executable that is started asks for them under a name that no Windows has.
 */
export async function windows(executable: string): Promise<WindowsMachine> {
  const directory = await Deno.makeTempDir({ prefix: "authful-windows-" });
  const installed = join(directory, "authful-mcp-proxy.exe");
  const env = {
    WINEPREFIX: join(directory, "prefix"),
    WINEDEBUG: "-all",
    // Else it offers to download what it runs .NET and HTML with.
    WINEDLLOVERRIDES: "mscoree,mshtml=",
  };
  // What it starts in the background keeps what it is given open, so it is given nothing.
  const quietly = (program: string, ...args: string[]) =>
    new Deno.Command(program, { args, env, stdin: "null", stdout: "null", stderr: "null" })
      .spawn().status;
  const remove = async () => {
    await quietly(wineServer, "--kill", "--wait");
    await Deno.remove(directory, { recursive: true });
  };
  try {
    await Deno.writeFile(installed, renamed(await Deno.readFile(executable), "VirtualAlloc2"));
    const random = { name: "ProcessPrng", target: "advapi32.SystemFunction036" };
    const library = "bcryptprimitives.dll";
    await Deno.writeFile(join(directory, library), forwardingLibrary(library, random));
    // It shall stay on between starts; the first one sets it up.
    await Deno.mkdir(env.WINEPREFIX);
    await quietly(wineServer, "--persistent");
    await quietly(wine, "hostname");
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    command: [wine, installed],
    env,
    profile: join(env.WINEPREFIX, "drive_c", "users", userInfo().username),
    [Symbol.asyncDispose]: remove,
  };
}

/** The bytes with the last letter of a name that is in them once made another one. */
function renamed(bytes: Uint8Array, name: string): Uint8Array {
  const content = Buffer.from(bytes);
  const at = content.indexOf(`${name}\0`);
  if (at < 0) throw new Error(`Cannot find ${name} in the executable`);
  content.write("0", at + name.length - 1);
  return content;
}
