import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { v8Flags } from "../../scripts/build/executable.ts";
import { permissionFlags } from "../../src/platform/permissions.ts";
import { openStdioConnection } from "./stdio_connection.ts";
import type { Subject } from "./connection.ts";

/** The repository. */
export const root = fileURLToPath(new URL("../../", import.meta.url));

/** What every subject is given. */
export interface Surroundings {
  /** The backend's base URL. */
  url: string;
  /** The access token that the backend accepts. */
  token: string;
  /** A home directory of the benchmark's own. */
  home: string;
  /** The variables with which this proxy finds the stored credential. */
  credential: Record<string, string>;
  /** The Deno that runs the subjects: a copy, which nothing else has mapped into memory. */
  deno: string;
  /** Deno's directory, shared with everything else on this machine. */
  denoDir: string;
  /** The file of the authority that has issued the backend's certificate, for a URL of https. */
  authority?: string;
}

/** The file of the authority that has issued the certificate of the benchmark's backend. */
export const authority = join(root, "tests/support/certificates/authority.pem");

const permissions = permissionFlags();

/** This proxy as it is in the repository. */
export function fromSource(surroundings: Surroundings): Subject {
  const main = join(root, "main.ts");
  return denoSubject(surroundings, {
    id: "source",
    title: "from source",
    run: [...permissions, main],
    files: [join(root, "deno.json"), join(root, "deno.lock"), main, ...filesUnder(root + "src")],
  });
}

/** This proxy minified, as it lies in an executable, under the Deno of this benchmark. */
export function fromBundle(surroundings: Surroundings, bundle: string): Subject {
  return denoSubject(surroundings, {
    id: "bundle",
    title: "bundle",
    run: [
      "--no-config",
      "--unstable-kv",
      // An executable knows where its chunks are and reads no graph of them.
      "--unstable-lazy-dynamic-imports",
      ...permissions,
      `--v8-flags=${v8Flags.join(",")}`,
      bundle,
    ],
    files: filesUnder(dirname(bundle)),
  });
}

/** This proxy as a standalone executable. */
export function fromExecutable(surroundings: Surroundings, executable: string): Subject {
  return {
    id: "executable",
    title: "standalone",
    files: [executable],
    open: (path, credential = surroundings.credential) =>
      openStdioConnection({
        command: executable,
        args: ["--silent", surroundings.url + path],
        env: { ...ownEnv(surroundings), ...credential },
      }),
  };
}

/** The bridge of about twenty lines made of the SDK's transports. */
export function fromSdkTransports(surroundings: Surroundings): Subject {
  const script = fileURLToPath(new URL("sdk_bridge.ts", import.meta.url));
  return {
    id: "sdk",
    title: "SDK transports",
    files: [
      surroundings.deno,
      join(root, "bench", "deno.json"),
      join(root, "bench", "deno.lock"),
      script,
      ...filesUnder(npmPackage(surroundings, "@modelcontextprotocol/sdk")),
    ],
    open: (path) =>
      openStdioConnection({
        command: surroundings.deno,
        args: ["run", "-A", "--quiet", script, surroundings.url + path, surroundings.token],
        env: peerEnv(surroundings),
      }),
  };
}

/** What Deno's stdio and `fetch` take, and nothing else. */
export function fromBareForwarding(surroundings: Surroundings): Subject {
  const script = fileURLToPath(new URL("bare_bridge.ts", import.meta.url));
  return {
    id: "bare",
    title: "bare forwarding",
    files: [surroundings.deno, script],
    open: (path) =>
      openStdioConnection({
        command: surroundings.deno,
        args: ["run", "-A", "--quiet", script, surroundings.url + path, surroundings.token],
        env: peerEnv(surroundings),
      }),
  };
}

/** `mcp-remote` under Node with a static header: no sign-in to wait for. */
export function fromMcpRemote(
  surroundings: Surroundings,
  installed: { node: string; directory: string; version: string },
): Subject {
  const script = join(installed.directory, "node_modules/mcp-remote/dist/proxy.js");
  return {
    id: "mcp-remote",
    title: `mcp-remote`,
    files: [installed.node, ...filesUnder(installed.directory)],
    open: (path) =>
      openStdioConnection({
        command: installed.node,
        args: [
          script,
          surroundings.url + path,
          "--transport",
          "http-only",
          "--header",
          "Authorization:${AUTHORIZATION}",
        ],
        env: { ...peerEnv(surroundings), AUTHORIZATION: `Bearer ${surroundings.token}` },
      }),
  };
}

function denoSubject(
  surroundings: Surroundings,
  subject: { id: string; title: string; run: readonly string[]; files: readonly string[] },
): Subject {
  return {
    id: subject.id,
    title: subject.title,
    files: [surroundings.deno, ...denoCaches(surroundings), ...subject.files],
    open: (path, credential = surroundings.credential) =>
      openStdioConnection({
        command: surroundings.deno,
        args: ["run", "--quiet", ...subject.run, "--silent", surroundings.url + path],
        env: { ...ownEnv(surroundings), ...credential },
      }),
  };
}

/** An environment in which nothing but the subject itself decides. */
export function commonEnv({ home, denoDir }: Surroundings): Record<string, string> {
  return {
    PATH: Deno.env.get("PATH") ?? "",
    HOME: home,
    DENO_DIR: denoDir,
    DENO_NO_UPDATE_CHECK: "1",
    NO_COLOR: "1",
  };
}

/** The environment of this program, which has an option for an authority. */
export function ownEnv(surroundings: Surroundings): Record<string, string> {
  const { authority } = surroundings;
  return { ...commonEnv(surroundings), ...authority && { MCP_PROXY_CA_CERT: authority } };
}

/** The environment of the others, for which Deno and Node have variables. */
function peerEnv(surroundings: Surroundings): Record<string, string> {
  const { authority } = surroundings;
  return {
    ...commonEnv(surroundings),
    ...authority && { DENO_CERT: authority, NODE_EXTRA_CA_CERTS: authority },
  };
}

function npmPackage({ denoDir }: Surroundings, name: string): string {
  const registries = join(denoDir, "npm");
  for (const registry of Deno.readDirSync(registries)) {
    const directory = join(registries, registry.name, name);
    if (registry.isDirectory && isDirectory(directory)) return directory;
  }
  return registries;
}

/** Deno's databases of analysed modules and compiled code. */
function denoCaches({ denoDir }: Surroundings): string[] {
  return [...Deno.readDirSync(denoDir)]
    .filter((entry) => entry.isFile)
    .map((entry) => join(denoDir, entry.name));
}

function isDirectory(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

function filesUnder(directory: string): string[] {
  const files: string[] = [];
  for (const entry of Deno.readDirSync(directory)) {
    const path = join(directory, entry.name);
    if (entry.isDirectory) files.push(...filesUnder(path));
    else if (entry.isFile) files.push(path);
  }
  return files;
}
