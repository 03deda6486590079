import { targets } from "../build/targets.ts";
import { archiveName } from "./archive.ts";
import { downloadUrl, project } from "./project.ts";

/**
 * The Homebrew formula for the archives of a release.
 *
 * @param sums the SHA-256 of each archive, by file name
 */
export function homebrewFormula(sums: Readonly<Record<string, string>>): string {
  const source = (os: "darwin" | "linux", cpu: "arm64" | "x64") => {
    const target = targets.find((each) => each.os === os && each.cpu === cpu)!;
    const file = archiveName(target);
    const sum = sums[file];
    if (!sum) throw new Error(`Cannot write the formula: no checksum of ${file}`);
    return `      url "${downloadUrl(file)}"\n      sha256 "${sum}"`;
  };
  return `# Generated from the release; changes belong in ${project.repository}.
class AuthfulMcpProxy < Formula
  desc "Sign in once and use remote MCP servers that only validate tokens"
  homepage "${project.repository}"
  version "${project.version}"
  license "${project.license}"

  on_macos do
    on_arm do
${source("darwin", "arm64")}
    end
    on_intel do
${source("darwin", "x64")}
    end
  end

  on_linux do
    on_arm do
${source("linux", "arm64")}
    end
    on_intel do
${source("linux", "x64")}
    end
  end

  def install
    bin.install "authful-mcp-proxy"
    bash_completion.install "completions/authful-mcp-proxy.bash" => "authful-mcp-proxy"
    zsh_completion.install "completions/_authful-mcp-proxy"
    fish_completion.install "completions/authful-mcp-proxy.fish"
    doc.install "README.md", "THIRD_PARTY_LICENSES.md"
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/authful-mcp-proxy --version")
    output = shell_output("#{bin}/authful-mcp-proxy http://127.0.0.1:9/mcp 2>&1", 1)
    assert_match "Configuration error", output
  end
end
`;
}
