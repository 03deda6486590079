import { options } from "../../src/settings/options.ts";
import type { Target } from "../build/targets.ts";
import type { PackedFile } from "./packed_file.ts";
import { project } from "./project.ts";

/** The file name of a target's Claude Desktop extension in a release. */
export function bundleName(target: Target): string {
  return `${project.name}-${project.version}-${target.os}-${target.cpu}.mcpb`;
}

/** One field of the form that Claude Desktop shows. */
interface UserField {
  /** The variable that the value reaches the program by; the backend is an argument. */
  env?: string;
  title: string;
  description: string;
  required?: true;
  sensitive?: true;
  default?: string;
}

const userFields: Readonly<Record<string, UserField>> = {
  backend_url: {
    title: "MCP server URL",
    description: "The remote MCP server, for example https://mcp-backend.company.com/mcp",
    required: true,
  },
  issuer_url: {
    env: options.oidcIssuerUrl.env,
    title: "Issuer URL",
    description: "Your OpenID Provider, for example https://auth.company.com",
    required: true,
  },
  client_id: {
    env: options.oidcClientId.env,
    title: "Client ID",
    description: "What your administrator registered at the provider for this program",
    required: true,
  },
  client_secret: {
    env: options.oidcClientSecret.env,
    title: "Client secret",
    description: "Only for confidential clients; leave it empty otherwise",
    sensitive: true,
    default: "",
  },
  scopes: {
    env: options.oidcScopes.env,
    title: "Scopes",
    description: "What to ask the provider for, separated by spaces",
    default: options.oidcScopes.default.join(" "),
  },
};

/** The manifest of a target's bundle (MCPB manifest 0.3). */
export function bundleManifest(target: Target): Record<string, unknown> {
  const entry = `server/${target.executable}`;
  return {
    manifest_version: "0.3",
    name: project.name,
    display_name: project.title,
    version: project.version,
    description: project.description,
    long_description:
      "Signs you in at your company's OpenID Provider in the browser, keeps the credentials on " +
      "this machine, renews them silently, and carries every MCP message to a remote MCP server " +
      "that only validates tokens.",
    author: { name: project.publisher, url: project.repository },
    repository: { type: "git", url: `${project.repository}.git` },
    homepage: project.repository,
    documentation: `${project.repository}#readme`,
    support: `${project.repository}/issues`,
    icon: "icon.png",
    license: project.license,
    server: {
      type: "binary",
      entry_point: entry,
      mcp_config: {
        command: `\${__dirname}/${entry}`,
        args: ["${user_config.backend_url}"],
        env: Object.fromEntries(
          Object.entries(userFields).flatMap(([key, { env }]) =>
            env ? [[env, `\${user_config.${key}}`]] : []
          ),
        ),
      },
    },
    // The tools are the backend's.
    tools_generated: true,
    prompts_generated: true,
    compatibility: { platforms: [target.os] },
    user_config: Object.fromEntries(
      Object.entries(userFields).map(([key, { env: _, ...field }]) => [
        key,
        { type: "string", required: false, ...field },
      ]),
    ),
  };
}

/** The files of a target's bundle; packed as `.zip` it is what Claude Desktop opens. */
export function bundleFiles(
  target: Target,
  contents: {
    executable: Uint8Array;
    icon: Uint8Array;
    license: string;
    thirdPartyLicenses: string;
  },
): PackedFile[] {
  return [
    { name: "manifest.json", content: `${JSON.stringify(bundleManifest(target), null, 2)}\n` },
    { name: `server/${target.executable}`, content: contents.executable, executable: true },
    { name: "icon.png", content: contents.icon },
    { name: "LICENSE", content: contents.license },
    { name: "THIRD_PARTY_LICENSES.md", content: contents.thirdPartyLicenses },
  ];
}
