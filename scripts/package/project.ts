import { version } from "../../src/base/version.ts";

/** What packages of every kind say about the program. */
export const project = {
  /** The command, and the name of most packages. */
  name: "authful-mcp-proxy",
  /** The version of this working copy. */
  version,
  /** How people call it. */
  title: "Authful MCP Proxy",
  /** One sentence; the MCP registry takes 100 characters at most. */
  description:
    "Sign in at your OpenID Provider and use remote MCP servers that only validate tokens.",
  /** The SPDX expression of the licence. */
  license: "Apache-2.0",
  /** Who publishes. */
  publisher: "Authful",
  /** The repository, as people browse it. */
  repository: "https://github.com/authful/mcp-proxy",
  /** The name in the MCP registry; npm's package must carry the same. */
  registryName: "io.github.authful/mcp-proxy",
  /** The identifier at winget. */
  wingetIdentifier: "Authful.MCPProxy",
  /** The container image. */
  image: "ghcr.io/authful/mcp-proxy",
} as const;

/** Where a file of a release is downloaded from. */
export function downloadUrl(file: string): string {
  return `${project.repository}/releases/download/v${project.version}/${file}`;
}
