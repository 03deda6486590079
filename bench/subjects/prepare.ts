import { join } from "node:path";
import { bundle as buildBundle } from "../../scripts/build/bundle.ts";
import { buildExecutable } from "../../scripts/build/executable.ts";
import { originOf } from "../../scripts/build/origin.ts";
import { targetOf } from "../../scripts/build/targets.ts";
import { findToolchain } from "../../scripts/build/toolchain.ts";
import { type Backend, startBackend } from "../counterparts/start_backend.ts";
import { storeCredential } from "../counterparts/stored_credential.ts";
import type { Subject } from "./connection.ts";
import { floor } from "./floor.ts";
import {
  fromBareForwarding,
  fromBundle,
  fromExecutable,
  fromMcpRemote,
  fromSdkTransports,
  fromSource,
  root,
  type Surroundings,
} from "./programs.ts";

/** The release of `mcp-remote` that is compared. */
export const mcpRemoteVersion = "0.15.1";

/** What the benchmark works with. */
export interface Prepared extends AsyncDisposable {
  subjects: readonly Subject[];
  /** The same programs in other surroundings, without the floor. */
  programsIn(surroundings: Surroundings): Subject[];
  /** What is missing on this machine, and why. */
  absent: readonly string[];
  surroundings: Surroundings;
  /** The backend of these surroundings. */
  backend: Backend;
  /** The files of the bundle; their size is a figure. */
  bundle: readonly string[];
  /** The standalone executable, when there is one. */
  executable?: string;
}

/** Starts the backend, stores a credential, builds the bundle and fetches the others. */
export async function prepare(
  options: { executable?: string; only?: "this proxy" },
): Promise<Prepared> {
  const work = join(root, "tmp", "bench");
  await Deno.mkdir(work, { recursive: true });
  const home = await Deno.makeTempDir({ prefix: "bench-home-" });
  const backend = await startBackend();
  const absent: string[] = [];
  const deno = join(work, Deno.build.os === "windows" ? "deno.exe" : "deno");
  await Deno.copyFile(await Deno.realPath(Deno.execPath()), deno);
  const surroundings: Surroundings = {
    url: backend.url,
    token: backend.token,
    home,
    credential: await storeCredential({ directory: join(home, "cache"), token: backend.token }),
    deno,
    denoDir: JSON.parse(await output(deno, ["info", "--json"])).denoDir,
  };
  const bundle = join(work, "bundle");
  await Deno.remove(bundle, { recursive: true }).catch(() => {});
  const chunks = await buildBundle(root, { to: bundle });
  const programs: ((surroundings: Surroundings) => Subject)[] = [
    fromSource,
    (surroundings) => fromBundle(surroundings, join(bundle, "main.js")),
  ];
  let { executable } = options;
  if (options.only === undefined) {
    executable ??= await buildExecutableHere(join(work, "executable"));
    const built = executable;
    if (built) programs.push((surroundings) => fromExecutable(surroundings, built));
    else absent.push("this proxy, standalone: set DENORT_BIN, or name one with --executable");
    const mcpRemote = await installMcpRemote(join(work, `mcp-remote-${mcpRemoteVersion}`));
    if (mcpRemote) programs.push((surroundings) => fromMcpRemote(surroundings, mcpRemote));
    else absent.push("mcp-remote: needs node and npm");
    programs.push(fromSdkTransports, fromBareForwarding);
  }
  const programsIn = (surroundings: Surroundings) =>
    programs.map((program) => program(surroundings));
  return {
    subjects: [floor(backend), ...programsIn(surroundings)],
    programsIn,
    absent,
    surroundings,
    backend,
    bundle: [join(bundle, "main.js"), ...chunks],
    executable,
    async [Symbol.asyncDispose]() {
      await backend[Symbol.asyncDispose]();
      await Deno.remove(home, { recursive: true });
    },
  };
}

/** Builds the executable where that needs no download. */
async function buildExecutableHere(to: string): Promise<string | undefined> {
  const toolchain = await findToolchain((name) => Deno.env.get(name));
  if (!toolchain.runtimeBases?.has(targetOf(Deno.build.target))) return undefined;
  await Deno.mkdir(to, { recursive: true });
  return await buildExecutable(root, targetOf(Deno.build.target), {
    to,
    toolchain,
    origin: await originOf(root),
  });
}

async function installMcpRemote(directory: string) {
  const node = await output("node", ["-p", "process.execPath"]).catch(() => undefined);
  if (!node) return undefined;
  const installed = { node: node.trim(), directory, version: mcpRemoteVersion };
  if (await exists(join(directory, "node_modules/mcp-remote/dist/proxy.js"))) return installed;
  await Deno.mkdir(directory, { recursive: true });
  await Deno.writeTextFile(join(directory, "package.json"), '{"private":true}');
  try {
    await output("npm", [
      "install",
      "--prefix",
      directory,
      "--no-audit",
      "--no-fund",
      `mcp-remote@${mcpRemoteVersion}`,
    ]);
  } catch {
    return undefined;
  }
  return installed;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

/** Runs a command and returns what it printed. */
export async function output(command: string, args: readonly string[]): Promise<string> {
  const result = await new Deno.Command(command, { args: [...args], cwd: root }).output();
  if (result.success) return new TextDecoder().decode(result.stdout);
  throw new Error(`${command} ${args.join(" ")}: ${new TextDecoder().decode(result.stderr)}`);
}
